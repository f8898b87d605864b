"""What happens at a crash, in which order, and what the next incarnation finds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, tree
from trio_smith import DeadLetterReason


class Strange(BaseException):
    """No Exception, and nobody's."""


async def test_things_happen_in_their_order() -> None:
    """In hand, laters, the lifespan, the watchers, the report; then the next incarnation."""
    order: list[object] = []

    class Actor(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            order.append("lifespan enters")
            try:
                yield
            except ValueError:
                order.append("lifespan sees it")
            finally:
                order.append("lifespan ends")

        def on_restart(self, failure: smith.Failure) -> None:
            order.append("on_restart")

    class Watcher(Puppet):
        def on_down(self, down: smith.Down) -> None:
            order.append("watcher")

    async def work() -> None:
        await trio.sleep_forever()

    def observe(event: object) -> None:
        if isinstance(event, smith.ChildEnded):
            order.append("report")

    async with tree(observe=observe) as supervisor:
        supervisor.system.dead_letters.subscribe(lambda letter: order.append(letter.message))
        ref, watcher = await supervisor.start(Actor), await supervisor.start(Watcher)
        await watcher.ask(Do(lambda actor: actor.context.monitor(ref)))
        in_later, in_hand = Do(lambda _: smith.later(work)), fails(ValueError())
        await ref.tell(in_later)
        await wait_all_tasks_blocked()
        await ref.tell(in_hand)
        await ref.ask(Echo())
        await wait_all_tasks_blocked()
        order.remove("watcher")  # told before the report, heard when it has its turn
        assert order == [
            "lifespan enters",
            in_hand,
            in_later,
            "lifespan sees it",
            "lifespan ends",
            "report",
            "on_restart",
            "lifespan enters",
        ]


async def test_what_waits_at_a_crash_waits_for_the_next_incarnation() -> None:
    """Tells and asks; in order."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        ref.tell_nowait(Note(1))
        ref.tell_nowait(fails(ValueError()))
        ref.tell_nowait(Note(2))
        asked = await begin(nursery, lambda: ref.ask(Echo(3)))
        release.set()
        await wait_all_tasks_blocked()
        assert asked.value == 3
    assert seen == [1, 2, 3]


async def test_state_begins_anew_and_the_ref_stays() -> None:
    """A restart makes a new instance with the same arguments."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        first = await ref.ask(Do(lambda actor: actor))
        await ref.tell(Note("state"))
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        second = await ref.ask(Do(lambda actor: actor))
        assert first is not second
        assert second.seen == []
        assert ref == second.context.ref


@pytest.mark.parametrize(
    "error",
    [
        ValueError("plain"),
        MemoryError(),
        RecursionError(),
        AssertionError(),
        StopAsyncIteration(),
        GeneratorExit(),
        Strange(),
        smith.Ignore(),
        smith.ActorStopped(actor="another"),
        trio.BrokenResourceError(),
        ExceptionGroup("group", [ValueError(), ExceptionGroup("inner", [KeyError()])]),
        BaseExceptionGroup("base group", [Strange(), ValueError()]),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("sync", [True, False])
async def test_any_exception_of_a_handler_is_a_crash(error: BaseException, *, sync: bool) -> None:
    """The asker gets the real cause, the actor is restarted, the message is a dead letter."""

    async def raises(_: object) -> None:
        raise error

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet)
        message = fails(error) if sync else Do(raises)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(message)
        assert caught.value.__cause__ is error
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert ended.reason.exception is error
        assert await ref.ask(Echo("next")) == "next"


async def test_stop_iteration_of_a_handler_is_a_crash_in_pythons_own_disguise() -> None:
    """It cannot leave a coroutine as itself."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(fails(StopIteration(3)))
        assert isinstance(caught.value.__cause__, RuntimeError)
        assert isinstance(caught.value.__cause__.__cause__, StopIteration)
        assert await ref.ask(Echo("next")) == "next"


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("grouped", [True, False])
async def test_a_handler_may_end_the_program(fatal: type[BaseException], *, grouped: bool) -> None:
    """Ctrl-C and sys.exit are never restarted and never swallowed; others stop in order, nobody hangs."""
    ended: list[str] = []
    error: BaseException = fatal()
    raised = BaseExceptionGroup("both", [ValueError(), error]) if grouped else error

    def observe(event: object) -> None:
        if isinstance(event, smith.ChildEnded):
            ended.append(event.id)

    asked: list[BaseException] = []

    async def ask(ref: smith.Ref[Any]) -> None:
        try:
            await ref.ask(fails(raised))
        except smith.ActorCrashed as crash:
            asked.append(crash)

    with pytest.raises(BaseException) as caught:  # noqa: PT011, PT012 - which one is looked at below
        async with tree(observe=observe) as supervisor, trio.open_nursery() as nursery:
            await supervisor.start(Puppet, name="before")
            ref = await supervisor.start(Puppet, name="actor")
            await supervisor.start(Puppet, name="behind")
            nursery.start_soon(ask, ref)
            await trio.sleep(100)
    leaves = list(smith.exits.leaves(caught.value))
    assert [one for one in leaves if isinstance(one, fatal)] == [error]
    assert sorted(ended) == ["actor", "before", "behind"]
    assert trio.current_time() < 50


async def test_an_exception_whose_text_cannot_be_had_is_a_crash_like_any_other() -> None:
    """Errors must not fail over errors."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

        __repr__ = __str__

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        error = Mute()
        with pytest.raises(smith.ActorCrashed, match="its __str__ raised RuntimeError") as caught:
            await ref.ask(fails(error))
        assert caught.value.failure is error
        assert await ref.ask(Echo("next")) == "next"


async def test_an_exception_with_an_endless_text_does_not_make_an_endless_error() -> None:
    """It is shortened."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(fails(ValueError("x" * 1_000_000)))
        assert len(str(caught.value)) < 1000


async def test_a_deep_tower_of_groups_is_a_crash_like_any_other() -> None:
    """Nobody may recurse over it."""
    error: Exception = ValueError()
    for _ in range(5000):
        error = ExceptionGroup("deeper", [error])
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(error))
        assert await ref.ask(Echo("next")) == "next"
    # Taken apart by hand: to free it at once recurses as deep in some versions of Python.
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]


async def test_an_actor_whose_first_start_fails_is_not_started() -> None:
    """The cause is the real one; the block goes on."""

    class Broken(Puppet):
        def __init__(self) -> None:
            raise OSError("no port")

    async with tree() as supervisor:
        with pytest.raises(smith.StartFailed) as caught:
            await supervisor.start(Broken, name="broken")
        assert isinstance(caught.value.__cause__, OSError)
        ref = await supervisor.start(Puppet, name="broken")
        assert await ref.ask(Echo("fine")) == "fine"


async def test_askers_wait_over_a_restart_that_takes_its_time() -> None:
    """Under backoff, with failing starts between."""
    starts: list[float] = []

    class Slow(Puppet):
        def __init__(self) -> None:
            starts.append(trio.current_time())
            if len(starts) == 2:
                raise OSError
            super().__init__()

    backoff = smith.Backoff(initial=4.0, factor=1.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Slow)
        await ref.tell(fails(ValueError()))
        asked = await begin(nursery, lambda: ref.ask(Echo("patient")))
        await trio.sleep(20)
        assert asked.value == "patient"
        assert asked.at == 8
    assert starts == [0, 4, 8]


async def test_giving_up_ends_the_waiting_asks() -> None:
    """The supervisor's end is final for its actors."""
    asked: list[BaseException] = []

    async def ask(ref: smith.Ref[Any]) -> None:
        try:
            await ref.ask(Echo())
        except smith.ActorStopped as error:
            asked.append(error)

    async with trio.open_nursery() as nursery:
        with pytest.raises(smith.RestartIntensityExceeded):  # noqa: PT012 - it comes out of the block
            async with smith.open_supervisor(max_restarts=0) as supervisor:
                ref = await supervisor.start(Puppet)
                release = await busy(ref)
                ref.tell_nowait(fails(ValueError()))
                nursery.start_soon(ask, ref)
                await wait_all_tasks_blocked()
                release.set()
                await trio.sleep(10)
    assert len(asked) == 1


async def test_a_quarantined_actor_counts_as_down_and_its_ref_comes_back_with_it() -> None:
    """Meanwhile its mailbox is closed."""
    async with tree() as supervisor:
        quarantine = smith.Intensity(max_restarts=1, within=100)
        ref = await supervisor.start(Puppet, name="actor", quarantine=quarantine)
        for _ in range(2):
            with pytest.raises(smith.ActorCrashed):
                await ref.ask(fails(ValueError()))
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo())
        assert ref.lifecycle.value is smith.Lifecycle.STOPPED
        assert isinstance(await ref.wait_stopped(), smith.Crashed)
        await supervisor.release_child("actor")
        assert await ref.ask(Echo("back")) == "back"
        assert ref.lifecycle.value is smith.Lifecycle.RUNNING
