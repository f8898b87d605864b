"""Answers that come later: work beside the handlers."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Declared, Do, Echo, Puppet, begin, later, later_fails, letters, tree
from trio_smith import DeadLetterReason


@smith.message(raises=(Declared,))
class Fallible(Do):
    """May be answered by an error."""


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
