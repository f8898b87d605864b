"""Answers that come later: work beside the handlers."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, fails, letters, tree
from trio_smith import DeadLetterReason


class Declared(Exception):
    """An error that is an answer."""


@smith.message(raises=(Declared,))
class Fallible(Do):
    """May be answered by an error."""


def later(seconds: float, value: object = None) -> Do:
    """Return a message that is answered with *value* in *seconds*."""

    async def work() -> object:
        await trio.sleep(seconds)
        return value

    return Do(lambda _: smith.later(work))


def later_fails(seconds: float, error: BaseException, *, kind: type[Do] = Do) -> Do:
    """Return a message whose later raises *error* in *seconds*."""

    async def work() -> None:
        await trio.sleep(seconds)
        raise error

    return kind(lambda _: smith.later(work))


class Three(Puppet):
    """Has at most three laters at once."""

    max_later = 3


async def test_the_actor_goes_on_while_the_answer_is_worked_out() -> None:
    """That is what it is for."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        asked = await begin(nursery, lambda: ref.ask(later(5, "answer")))
        assert await ref.ask(Echo("meanwhile")) == "meanwhile"
        assert trio.current_time() == 0
        await trio.sleep(6)
        assert (asked.value, asked.at) == ("answer", 5)


async def test_arguments_are_handed_on() -> None:
    """And a sync or an async handler may return it."""

    async def add(one: int, other: int) -> int:
        return one + other

    async def handler(_: object) -> Any:
        await trio.lowlevel.checkpoint()
        return smith.later(add, 1, 2)

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(lambda _: smith.later(add, 3, 4))) == 7
        assert await ref.ask(Do(handler)) == 3


async def test_a_told_message_may_be_worked_on_later() -> None:
    """The result is dropped."""
    seen: list[object] = []

    async def work(actor: Puppet) -> str:
        await trio.sleep(1)
        actor.seen.append("worked")
        return "dropped"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        await ref.tell(Do(lambda actor: smith.later(work, actor)))
        await trio.sleep(2)
        assert letters(supervisor) == []
    assert seen == ["worked"]


async def test_a_declared_error_of_a_later_is_the_answer() -> None:
    """As one of a handler."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(Declared):
            await ref.ask(later_fails(1, Declared(), kind=Fallible))
        await ref.tell(later_fails(1, Declared(), kind=Fallible))
        await trio.sleep(2)
        assert [type(event) for event in events].count(smith.AnswerDropped) == 1
        assert not [event for event in events if isinstance(event, smith.ChildEnded)]


async def test_at_the_bound_no_user_messages_are_taken_but_system_calls_are() -> None:
    """Long work is bounded like everything else."""
    seen: list[object] = []

    def start_timer(actor: Puppet) -> None:
        actor.context.after(2, actor.seen.append, "timer")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, seen)
        await ref.ask(Do(start_timer))
        for seconds in (5, 6, 7):
            await begin(nursery, lambda seconds=seconds: ref.ask(later(seconds)))
        note = await begin(nursery, lambda: ref.ask(Echo("user")))
        await trio.sleep(3)
        assert seen == ["timer"]
        assert not note.done
        await trio.sleep(3)
        assert note.at == 5
    assert seen == ["timer", "user"]


async def test_at_the_bound_many_tells_do_not_make_the_actor_take_one() -> None:
    """Each wakes it, none is taken."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, seen)
        for _ in range(3):
            await begin(nursery, lambda: ref.ask(later(5)))
        for number in range(10):
            await ref.tell(Note(number))
            await wait_all_tasks_blocked()
        assert seen == []
        await trio.sleep(6)
    assert seen == list(range(10))


async def test_never_more_at_once_than_the_bound() -> None:
    """Whatever is asked of it."""
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1

    async with tree() as supervisor:
        ref = await supervisor.start(Three)
        await ref.ask_many([Do(lambda _: smith.later(work)) for _ in range(20)])
        assert most == 3
        assert trio.current_time() == 7


async def test_an_undeclared_error_is_a_crash_with_its_message_in_hand() -> None:
    """Asker, dead letter, on_restart: all as if the handler had raised it."""
    failures: list[smith.Failure] = []

    class Reports(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            failures.append(failure)

    async with tree() as supervisor:
        ref = await supervisor.start(Reports)
        error, message = ValueError("late"), None
        message = later_fails(1, error)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(message)
        assert caught.value.__cause__ is error
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]
        assert await ref.ask(Echo("again")) == "again"
        (failure,) = failures
        assert (failure.exception, failure.message, failure.deliveries) == (error, message, 1)


async def test_a_later_that_fails_while_a_handler_runs_crashes_after_it() -> None:
    """The message in hand is finished first and answered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        failing = await begin(nursery, lambda: ref.ask(later_fails(1, ValueError())))

        async def long(_: object) -> str:
            await trio.sleep(5)
            return "finished"

        asked = await begin(nursery, lambda: ref.ask(Do(long)))
        await trio.sleep(10)
        assert (asked.value, asked.at) == ("finished", 5)
        assert isinstance(failing.error, smith.ActorCrashed)
        assert failing.at == 5


async def test_a_crash_cancels_the_laters_and_settles_theirs_after_the_one_in_hand() -> None:
    """All were begun, so all askers hear of the crash and its cause."""
    order: list[object] = []

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            order.append("cancelled")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        supervisor.system.dead_letters.subscribe(lambda letter: order.append(letter.message))
        message, error = Do(lambda _: smith.later(work)), ValueError()
        asked = await begin(nursery, lambda: ref.ask(message))
        crash = fails(error)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(crash)
        await wait_all_tasks_blocked()
        assert order == [crash, "cancelled", message]
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.CRASHED] * 2
        assert isinstance(asked.error, smith.ActorCrashed)
        assert asked.error.__cause__ is error


async def test_the_next_incarnation_does_not_begin_before_the_laters_have_ended() -> None:
    """Two incarnations must not work on one thing."""
    order: list[str] = []

    class Reports(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            order.append("next incarnation")

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)
            order.append("unwound")

    async with tree() as supervisor:
        ref = await supervisor.start(Reports)
        ref.tell_nowait(Do(lambda _: smith.later(work)))
        await wait_all_tasks_blocked()
        ref.tell_nowait(fails(ValueError()))
        await ref.ask(Echo())
        assert trio.current_time() == 3
    assert order == ["unwound", "next incarnation"]


async def test_a_later_that_holds_up_a_crashed_actor_is_reported_as_stuck() -> None:
    """It is never abandoned, so somebody has to be told why nothing happens."""
    events: list[object] = []

    async def work() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)

    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet, grace=7.0)
        ref.tell_nowait(Do(lambda _: smith.later(work)))
        await wait_all_tasks_blocked()
        ref.tell_nowait(fails(ValueError()))
        await ref.ask(Echo())
        assert trio.current_time() == 60
        assert [event for event in events if isinstance(event, smith.ChildStuck)]


async def test_of_two_laters_that_fail_together_one_is_the_crash_and_both_are_settled() -> None:
    """No asker is forgotten."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        errors = [ValueError("one"), KeyError("other")]
        asked = [await begin(nursery, lambda error=error: ref.ask(later_fails(1, error))) for error in errors]
        await trio.sleep(2)
        assert [type(one.error) for one in asked] == [smith.ActorCrashed] * 2
        assert {one.error.__cause__ for one in asked if one.error} == set(errors)
        assert len(letters(supervisor)) == 2
        assert ref._cell.host.incarnation == 2


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("order", [1, -1])
async def test_a_later_that_wants_the_program_to_end_is_heard_also_beside_another_failure(
    fatal: type[BaseException], order: int
) -> None:
    """Fatal exceptions are never swallowed, nor is anybody restarted."""
    errors = [ValueError(), fatal()][::order]
    with pytest.raises(fatal):  # noqa: PT012 - it comes out of the block
        async with tree() as supervisor:
            ref = await supervisor.start(Puppet)
            for error in errors:
                ref.tell_nowait(later_fails(1, error))
            await trio.sleep(5)
            pytest.fail("the body should have been cancelled")


async def test_a_later_that_wants_the_program_to_end_while_it_is_cancelled_is_heard() -> None:
    """Also in the middle of somebody else's crash."""

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise SystemExit(3)

    with pytest.raises(SystemExit):  # noqa: PT012 - it comes out of the block
        async with tree() as supervisor:
            ref = await supervisor.start(Puppet)
            ref.tell_nowait(Do(lambda _: smith.later(work)))
            await wait_all_tasks_blocked()
            ref.tell_nowait(fails(ValueError()))
            await trio.sleep(5)
            pytest.fail("the body should have been cancelled")


async def test_deliveries_are_counted_for_messages_of_laters_too() -> None:
    """Poison does not become harmless by being worked on later."""

    class Thrice(Puppet):
        max_deliveries = 3

    deliveries: list[int] = []

    def work(actor: Puppet) -> Any:
        async def fail() -> None:
            await trio.sleep(1)
            raise ValueError

        deliveries.append(actor.context.delivery)
        return smith.later(fail)

    async with tree() as supervisor:
        ref = await supervisor.start(Thrice)
        message = Do(work)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(message)
        assert deliveries == [1, 2, 3]
        (letter,) = supervisor.system.dead_letters.snapshot()
        assert (letter.reason, letter.deliveries) == (DeadLetterReason.POISON, 3)
        assert letter.fingerprint is not None


async def test_a_stop_waits_for_the_laters_inside_the_grace() -> None:
    """They are work in hand; the answer is delivered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="puppet", grace=5.0)
        asked = await begin(nursery, lambda: ref.ask(later(3, "finished")))
        await supervisor.stop_child("puppet")
        assert trio.current_time() == 3
        await wait_all_tasks_blocked()
        assert asked.value == "finished"
        assert await ref.wait_stopped() == smith.Stopped()


async def test_laters_that_outlast_the_grace_are_cancelled() -> None:
    """Their askers hear that the actor has stopped."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="puppet", grace=5.0)
        asked = await begin(nursery, lambda: ref.ask(later(30)))
        await supervisor.stop_child("puppet")
        assert trio.current_time() == 5
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        assert await ref.wait_stopped() == smith.Killed()
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.STOPPED]


async def test_a_later_that_raises_when_it_is_killed_forgets_no_asker() -> None:
    """Neither is the failure left over for the next incarnation."""

    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("while it was killed")

    events: list[object] = []
    async with tree(observe=events.append) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="puppet", grace=2.0)
        asked = await begin(nursery, lambda: ref.ask(Do(lambda _: smith.later(work))))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorCrashed | smith.ActorStopped)
        assert [str(event.error) for event in events if isinstance(event, smith.StopRaised)] == [
            "while it was killed"
        ]
        await supervisor.restart_child("puppet")
        assert await ref.ask(Echo("again")) == "again"
        assert ref._cell.host.incarnation == 2


async def test_what_a_later_raises_during_the_final_stop_is_reported_not_raised() -> None:
    """And its asker hears of it."""
    events: list[object] = []
    error = ValueError("late")
    async with tree(observe=events.append) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="puppet")
        asked = await begin(nursery, lambda: ref.ask(later_fails(2, error)))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorCrashed)
        assert asked.error.__cause__ is error
        assert [event.error for event in events if isinstance(event, smith.StopRaised)] == [error]
        assert await ref.wait_stopped() == smith.Stopped()


async def test_to_drain_means_to_wait_for_the_laters_too() -> None:
    """What answers later is work as well, and may begin more of it."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="puppet", grace=0.5)
        asked = [await begin(nursery, lambda n=n: ref.ask(later(n, n))) for n in (2, 4)]
        await supervisor.stop_child("puppet", drain=10)
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == [2, 4]
        assert trio.current_time() == 4


async def test_to_drain_at_the_bound_takes_the_waiting_messages_as_laters_end() -> None:
    """Both rules at once."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, name="puppet")
        asked = await begin(nursery, lambda: ref.ask_many([later(1, n) for n in range(9)]))
        await supervisor.stop_child("puppet", drain=10)
        await wait_all_tasks_blocked()
        assert asked.value == list(range(9))
        assert trio.current_time() == 3


async def test_the_drain_ends_in_time_also_at_the_bound() -> None:
    """The laters then have the grace, the rest is given up."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Three, name="puppet", grace=5.0)
        asked = [await begin(nursery, lambda: ref.ask(later(30))) for _ in range(3)]
        waiting = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("puppet", drain=2)
        assert trio.current_time() == 7
        await wait_all_tasks_blocked()
        assert [type(one.error) for one in [*asked, waiting]] == [smith.ActorStopped] * 4


async def test_laters_start_in_a_clean_context() -> None:
    """A variable of the handler must not leak into work that outlives it."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="clean")

    async def read() -> str:
        return variable.get()

    def work(_: object) -> Any:
        variable.set("of the handler")
        return smith.later(read)

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(work)) == "clean"


async def test_a_later_knows_its_surroundings() -> None:
    """A request that could only wait in vain is refused there as in a handler."""

    async def stop_my_own_actor() -> str:
        try:
            await supervisor.stop_child("puppet")
        except smith.SelfRequest:
            return "refused"
        return "?"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        assert await ref.ask(Do(lambda _: smith.later(stop_my_own_actor))) == "refused"


async def test_a_later_sees_no_deadline_of_whoever_asked() -> None:
    """Deadlines reach it by the cancel of a cancellable asker only."""

    async def deadline() -> float:
        return trio.current_effective_deadline()

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with trio.move_on_after(5):
            assert await ref.ask(Do(lambda _: smith.later(deadline))) == float("inf")


@pytest.mark.parametrize("nonsense", [lambda: 5, 5, None])
async def test_a_later_of_something_else_is_a_crash(nonsense: Any) -> None:
    """Of the actor, with a bare TypeError as cause; the program lives."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(Do(lambda _: smith.later(nonsense)))
        assert isinstance(caught.value.__cause__, TypeError)
        assert await ref.ask(Echo("next")) == "next"


async def test_a_later_may_stop_the_actor() -> None:
    """The stop waits for it; it must not wait for the stop."""

    async def work(actor: Puppet) -> str:
        actor.context.stop()
        await trio.sleep(1)
        return "answered"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(lambda actor: smith.later(work, actor))) == "answered"
        assert await ref.wait_stopped() == smith.Stopped()


async def test_a_later_that_raises_shutdown_ends_the_incarnation_normally() -> None:
    """The message counts as handled, its asker hears that the actor stopped."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, restart=smith.Restart.TRANSIENT)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(later_fails(1, smith.Shutdown("enough")))
        assert await ref.wait_stopped() == smith.ShutDown("enough")
        assert letters(supervisor) == []


async def test_a_later_and_a_handler_that_raise_one_and_the_same_exception_are_one_crash() -> None:
    """It is not reported a second time beside itself."""
    error = ValueError("shared")

    async def fail() -> None:
        await trio.sleep(1)
        raise error

    async def long(_: object) -> None:
        await trio.sleep(2)
        raise error

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.tell(Do(lambda _: smith.later(fail)))
        await ref.tell(Do(long))
        assert await ref.ask(Echo("next")) == "next"
        assert len(letters(supervisor)) == 2
        assert not [event for event in events if isinstance(event, smith.StopRaised)]
