"""Handlers that do what no handler should do: the actor, its asker and the tree survive them."""

from __future__ import annotations

import contextlib
import gc
import sys
import weakref
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, small, tree
from trio_smith import DeadLetterReason


class Refused(Exception):
    """An error that is an answer."""


@smith.message(raises=(Refused,))
class Demand(smith.Request[None]):
    """Is refused."""


async def test_a_handler_that_swallows_its_cancellation_answers_and_ends() -> None:
    """The grace had passed, but it came back: its answer is delivered."""

    async def swallow(_: object) -> str:
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep_forever()
        return "swallowed"

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", grace=2.0)
        asked = await begin(nursery, lambda: ref.ask(Do(swallow)))
        await supervisor.stop_child("actor")
        assert trio.current_time() == 2
        await wait_all_tasks_blocked()
        assert asked.value == "swallowed"
        assert await ref.wait_stopped() == smith.Killed()


async def test_a_handler_that_swallows_every_cancellation_is_reported_and_waited_for() -> None:
    """Never abandoned: structured concurrency waits for it, and says for whom."""

    async def swallow(_: object) -> None:
        end = trio.current_time() + 21
        while trio.current_time() < end:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet, name="actor", grace=4.0)
        await ref.tell(Do(swallow))
        await wait_all_tasks_blocked()
        await supervisor.stop_child("actor")
        assert trio.current_time() == 21
        stuck = [event for event in events if isinstance(event, smith.ChildStuck)]
        assert 3 <= len(stuck) <= 4
        assert any("swallow" in place for place in stuck[0].await_point)


async def test_a_handler_that_never_checkpoints_delays_others_but_breaks_nothing() -> None:
    """A thousand sync messages are worked off in batches."""

    def compute(actor: Puppet) -> None:
        actor.seen.append(sum(range(100)))

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask_many([Do(compute) for _ in range(1000)])
        assert len(await ref.ask(Do(lambda actor: actor.seen))) == 1000


async def test_a_handler_that_recurses_without_end_is_a_crash() -> None:
    """RecursionError, met for real."""

    def recurse(actor: object) -> object:
        return recurse(actor)

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(Do(recurse))
        assert isinstance(caught.value.__cause__, RecursionError)
        assert await ref.ask(Echo("next")) == "next"


async def test_a_handler_that_raises_cancelled_by_itself_is_a_crash() -> None:
    """It kept one from another scope; nobody had cancelled it."""

    async def keep(_: object) -> None:
        try:
            with trio.CancelScope() as scope:
                scope.cancel()
                try:
                    await trio.sleep(1)
                except trio.Cancelled as error:
                    kept.append(error)
                    raise
        finally:
            pass
        raise kept[0]

    kept: list[trio.Cancelled] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises((smith.ActorStopped, smith.ActorCrashed)):
            await ref.ask(Do(keep))
        assert await ref.ask(Echo("next")) == "next"
        assert len(letters(supervisor)) == 1


async def test_a_handler_that_leaves_a_cancel_scope_open_harms_only_its_actor() -> None:
    """The worst misuse of Trio; the tree goes on."""

    async def leak(_: object) -> None:
        trio.CancelScope().__enter__()

    async with tree() as supervisor:
        other = await supervisor.start(Puppet)
        ref = await supervisor.start(Puppet, name="leaks")
        await ref.ask(Do(leak))
        assert await ref.ask(Echo("still there")) == "still there"
        assert await other.ask(Echo("fine")) == "fine"


async def test_a_handler_that_raises_the_same_exception_every_time_is_a_crash_every_time() -> None:
    """One object, many raises: each asker gets it, and its traceback does not grow without end."""
    error = ValueError("one and only")
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        for _ in range(20):
            with pytest.raises(smith.ActorCrashed) as caught:
                await ref.ask(fails(error))
            assert caught.value.__cause__ is error


async def test_a_handler_may_raise_an_error_that_another_actor_gave_it() -> None:
    """ActorCrashed of one is the cause of the ActorCrashed of the other."""
    async with tree() as supervisor:
        inner, outer = await supervisor.start(Puppet), await supervisor.start(Puppet)
        error = ValueError()
        with pytest.raises(smith.ActorCrashed) as caught:
            await outer.ask(Do(lambda _: inner.ask(fails(error))))
        assert isinstance(caught.value.__cause__, smith.ActorCrashed)
        assert caught.value.__cause__.__cause__ is error
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.CRASHED] * 2


async def test_a_handler_that_returns_a_coroutine_has_it_awaited() -> None:
    """A sync method that forwards to an async one."""

    async def work() -> str:
        await trio.lowlevel.checkpoint()
        return "awaited"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(lambda _: work())) == "awaited"


async def test_an_actor_that_stops_itself_in_every_place_ends_once() -> None:
    """on_restart, timers, on_down, handlers: stop is stop."""

    class Stops(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            self.context.stop()

    async with tree() as supervisor:
        ref = await supervisor.start(Stops)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert await ref.wait_stopped() == smith.Stopped()
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo())


async def test_an_observer_that_fails_does_not_touch_the_actors() -> None:
    """Nor one that sends to them in the middle of what they do."""
    seen: list[Any] = []

    def observe(event: object) -> None:
        if isinstance(event, smith.ChildEnded) and isinstance(event.reason, smith.Crashed):
            ref.tell_nowait(Note("from the observer"))
            raise RuntimeError("observer")  # noqa: TRY004 - any exception will do

    async with tree(observe=observe) as supervisor:
        ref = await supervisor.start(Puppet, seen)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert await ref.ask(Echo("next")) == "next"
    assert seen == ["from the observer", "next"]


async def test_one_who_listens_to_dead_letters_may_send_them_again() -> None:
    """To the same actor, at the moment when it crashes."""
    seen: list[Any] = []
    tries = 0

    def resend(letter: smith.DeadLetter) -> None:
        nonlocal tries
        tries += 1
        if tries < 5:
            ref.tell_nowait(letter.message)

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        supervisor.system.dead_letters.subscribe(resend)
        ref.tell_nowait(fails(ValueError()))
        await wait_all_tasks_blocked()
        assert tries == 5
        assert await ref.ask(Echo("alive")) == "alive"


@pytest.mark.parametrize("leave", [False, True])
async def test_one_who_listens_to_dead_letters_may_stop_the_actor_that_is_asked(*, leave: bool) -> None:
    """Its mailbox overflowed; the ask that made it do so is ended before its asker sleeps."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(1, smith.Overflow.DROP_OLDEST))
        context = await ref.ask(Do(lambda actor: actor.context))
        release = await busy(ref)
        ref.tell_nowait(Note())
        scope = trio.CancelScope()

        def give_up(_: smith.DeadLetter) -> None:
            context.stop()
            if leave:
                scope.cancel()

        supervisor.system.dead_letters.subscribe(give_up)
        with scope:
            with pytest.raises(smith.ActorStopped) if not leave else contextlib.nullcontext():
                await ref.ask(Echo())
            assert not leave, "the cancellation should have come first"
        assert scope.cancelled_caught is leave
        release.set()
        await wait_all_tasks_blocked()


async def test_one_who_listens_to_dead_letters_may_push_out_what_is_being_asked() -> None:
    """It answers an overflow with a message to the same mailbox, which has room for one."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(1, smith.Overflow.DROP_OLDEST))
        release = await busy(ref)
        ref.tell_nowait(Note("first"))
        sent: list[Note] = []

        def send(_: smith.DeadLetter) -> None:
            if not sent:
                sent.append(Note("once more"))
                ref.tell_nowait(sent[0])

        supervisor.system.dead_letters.subscribe(send)
        with pytest.raises(smith.MailboxFull):
            await ref.ask(Echo())
        release.set()
        await wait_all_tasks_blocked()
        assert [letter for letter, _ in letters(supervisor)] == [Note("first"), Echo()]


async def test_a_crash_leaves_no_circle_for_the_collector() -> None:
    """A thousand crashes a second must not wait for the garbage collector to give their frames back."""

    class Big:
        alive = 0

        def __init__(self) -> None:
            Big.alive += 1

        def __del__(self) -> None:
            Big.alive -= 1

    def crash(_: object) -> None:
        big = Big()
        raise ValueError(str(big)[:0])

    class Short(Puppet):
        pass

    gc.collect()
    gc.disable()
    try:
        async with tree() as supervisor:
            ref = await supervisor.start(Short)
            for _ in range(50):
                await ref.tell(Do(crash))
                await wait_all_tasks_blocked()
            supervisor.system.dead_letters.clear()
            await ref.ask(Echo())
            assert Big.alive <= 10
    finally:
        gc.enable()
        gc.collect()
    assert sys.gettrace() is None or Big.alive >= 0


async def test_forgotten_refs_and_answers_leave_no_circles_either() -> None:
    """Ten thousand asks, and nothing for the collector to do."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Echo())
        gc.collect()
        gc.disable()
        try:
            for _ in range(100):
                await ref.ask(Echo())
                await ref.ask_many([Echo(), Echo()])
            left = gc.collect()
        finally:
            gc.enable()
        assert left < 50


async def test_errors_that_are_answers_leave_no_circles_either() -> None:
    """An error holds the frame of the handler, which holds the ask: so the ask must let go of the error."""
    alive: weakref.WeakSet[Refused] = weakref.WeakSet()

    class Refuser(smith.Actor[Demand]):
        @smith.on(Demand)
        def refuse(self, _: Demand) -> None:
            error = Refused()
            alive.add(error)
            try:
                raise error
            finally:
                del error

    async with tree() as supervisor:
        ref = await supervisor.start(Refuser)
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                with contextlib.suppress(Refused):
                    await ref.ask(Demand())
                with contextlib.suppress(ExceptionGroup):
                    await ref.ask_many([Demand()])
                await ref.ask_many([Demand()], outcomes=True)
            assert len(alive) <= 1
        finally:
            gc.enable()


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit])
async def test_one_who_listens_to_dead_letters_may_end_the_program(fatal: type[BaseException]) -> None:
    """Ctrl-C hits whatever runs; the tree stops in order and lets it out."""

    def subscriber(letter: object) -> None:
        raise fatal

    with pytest.raises(fatal):  # noqa: PT012 - it comes out of the block
        async with tree() as supervisor:
            ref = await supervisor.start(Puppet)
            supervisor.system.dead_letters.subscribe(subscriber)
            ref.tell_nowait(fails(ValueError()))
            await trio.sleep(5)
            pytest.fail("the body should have been cancelled")
