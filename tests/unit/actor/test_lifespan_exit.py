"""How a lifespan is left: what is thrown in, what it may raise, and how long it may take."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Holds, Note, Puppet, begin, busy, fails, minute, sleeps, tree


def stubborn(how: Callable[[], Any]) -> type[Puppet]:
    """Return a puppet whose lifespan does ``await how()`` on its exit, come what may."""

    class Stubborn(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            try:
                yield
            finally:
                await how()

    return Stubborn


async def raises() -> None:
    """Fail."""
    raise OSError("exit")


async def test_a_crash_is_thrown_in() -> None:
    """It may look at the failure."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Holds, seen)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo("next"))
    assert seen == ["enters", ValueError, "ends", "enters", "next", "ends"]


async def test_a_crash_cannot_be_suppressed() -> None:
    """A crash that vanishes would leave an actor that nobody restarts."""

    class Suppresses(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            with contextlib.suppress(ValueError):
                yield

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Suppresses)
        error = ValueError()
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(error))
        await ref.ask(Echo())
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert ended.reason.exception is error


async def test_what_it_raises_after_a_crash_is_reported_and_the_crash_stays_the_reason() -> None:
    """Two failures, one reason; neither is lost."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(stubborn(raises))
        error = ValueError()
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(error))
        await ref.ask(Echo())
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert ended.reason.exception is error
        (raised,) = [event for event in events if isinstance(event, smith.StopRaised)]
        assert str(raised.error) == "exit"


async def test_what_it_raises_at_a_stop_is_reported_and_the_reason_is_stopped() -> None:
    """How a child ends when it is stopped never counts."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(stubborn(raises), name="actor")
        await supervisor.stop_child("actor")
        assert await ref.wait_stopped() == smith.Stopped()
        (raised,) = [event for event in events if isinstance(event, smith.StopRaised)]
        assert str(raised.error) == "exit"


async def test_its_exit_has_the_grace_as_its_deadline_at_a_stop() -> None:
    """Then it is killed."""
    async with tree() as supervisor:
        ref = await supervisor.start(stubborn(minute), name="actor", grace=4.0)
        await supervisor.stop_child("actor")
        assert trio.current_time() == 4
        assert await ref.wait_stopped() == smith.Killed()


async def test_its_exit_has_the_grace_as_its_deadline_after_a_crash() -> None:
    """The next incarnation does not wait for ever; the crash stays the reason."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(stubborn(minute), grace=4.0)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert await ref.ask(Echo("next")) == "next"
        assert trio.current_time() == 4
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert isinstance(ended.reason.exception, ValueError)


async def test_its_exit_has_the_grace_as_its_deadline_when_run_returns() -> None:
    """The third way to the end."""

    class Body(smith.Actor[Note]):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            yield
            await trio.sleep(60)

        async def run(self, inbox: smith.Inbox[Note]) -> None:
            async for _ in inbox:
                return

    async with tree() as supervisor:
        ref = await supervisor.start(Body, grace=4.0, restart=smith.Restart.TEMPORARY)
        await ref.tell(Note())
        await ref.wait_stopped()
        assert trio.current_time() == 4


async def test_without_a_grace_its_exit_is_cancelled_at_once() -> None:
    """But it is run: what it must undo without waiting is undone."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Holds, seen, name="actor", grace=0.0)
        await busy(ref)
        await supervisor.stop_child("actor")
    assert seen == ["enters", trio.Cancelled, "ends"]


async def test_it_is_left_when_the_actor_is_killed() -> None:
    """In the middle of a message, of a later, or of a drain."""
    hold: list[Callable[[Any], Any]] = [
        lambda _: minute(),
        lambda _: smith.later(trio.sleep, 60),
    ]
    for work in hold:
        seen: list[object] = []
        async with tree() as supervisor:
            ref = await supervisor.start(Holds, seen, name="actor", grace=2.0)
            start = trio.current_time()
            await ref.tell(Do(work))
            await wait_all_tasks_blocked()
            await supervisor.stop_child("actor")
            assert trio.current_time() - start == 2
            assert await ref.wait_stopped() == smith.Killed()
        assert seen[-1] == "ends"


async def test_it_is_left_at_a_stop_inside_a_group_and_entered_again() -> None:
    """Each incarnation has its own."""
    seen: list[object] = []
    async with tree() as supervisor:
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            children=[smith.child(Holds, seen, name="a"), smith.child(Puppet, name="b")],
        )
        a, b = supervisor.system.find("desk/a", Holds), supervisor.system.find("desk/b", Puppet)
        with pytest.raises(smith.ActorCrashed):
            await b.ask(fails(ValueError()))
        await a.ask(Echo("again"))
    assert seen == ["enters", "ends", "enters", "again", "ends"]


async def test_the_children_of_the_incarnation_are_stopped_before_it_closes() -> None:
    """They may use what it holds open."""
    seen: list[object] = []

    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            seen.append("child ends")

    async def start(actor: Holds) -> None:
        await actor.context.supervisor.start(child)

    async with tree() as supervisor:
        ref = await supervisor.start(Holds, seen, name="actor")
        await ref.ask(Do(start))
        await supervisor.stop_child("actor")
        assert seen == ["enters", "child ends", "ends"]


async def test_a_message_that_takes_its_time_is_finished_before_it_closes() -> None:
    """In hand means in hand."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Holds, seen, name="actor")
        asked = await begin(nursery, lambda: ref.ask(sleeps(2, "finished")))
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert asked.value == "finished"
    assert seen == ["enters", "ends"]
