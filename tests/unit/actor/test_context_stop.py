"""How an actor ends itself: with its last word, or for this incarnation only."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, stops, tree


async def test_context_stop_finishes_and_answers_the_message_in_hand() -> None:
    """The mailbox closes at once, the child stays down, the reason is Stopped."""

    async def work(actor: Puppet) -> str:
        actor.context.stop()
        with pytest.raises(smith.ActorStopped):
            actor.context.ref.tell_nowait(Note())
        await trio.sleep(1)
        return "finished"

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        asked = await begin(nursery, lambda: ref.ask(Do(work)))
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo())
        await trio.sleep(2)
        assert asked.value == "finished"
        assert await ref.wait_stopped() == smith.Stopped()
        assert supervisor.child("actor").state is smith.Condition.DOWN
        await supervisor.restart_child("actor")
        assert await ref.ask(Echo("up")) == "up"


async def test_context_stop_gives_up_what_waits_also_while_the_supervisor_is_busy() -> None:
    """It closes the mailbox by itself; what was given up is not handled all the same."""
    seen: list[object] = []
    ready = trio.Event()

    async def slow(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await ready.wait()
        task_status.started()

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen, name="actor")
        nursery.start_soon(supervisor.start, slow)
        await wait_all_tasks_blocked()
        release = await busy(ref)
        stopping = await begin(nursery, lambda: ref.ask(stops()))
        told = [Note(number) for number in range(3)]
        for message in told:
            ref.tell_nowait(message)
        asked = await begin(nursery, lambda: ref.ask_many([Echo(1), Echo(2)], outcomes=True))
        release.set()
        await wait_all_tasks_blocked()
        assert stopping.value == "stops"
        assert [type(one) for one in asked.value] == [smith.ActorStopped] * 2
        assert [one for one, _ in letters(supervisor)] == [*told, Echo(1), Echo(2)]
        statistics = ref.statistics()
        assert (statistics.sent, statistics.received, statistics.dropped) == (7, 2, 5)
        ready.set()
        assert await ref.wait_stopped() == smith.Stopped()
    assert seen == []


async def test_context_stop_twice_is_once() -> None:
    """Also from a timer, a later and on_down."""

    def work(actor: Puppet) -> None:
        actor.context.stop()
        actor.context.stop()
        actor.context.stop(drain=5)

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        await ref.ask(Do(work))
        assert await ref.wait_stopped() == smith.Stopped()
        other = await supervisor.start(Puppet)
        await other.ask(Do(lambda actor: actor.context.after(1, actor.context.stop) and None))
        assert await other.wait_stopped() == smith.Stopped()
        assert trio.current_time() == 1


async def test_an_actor_that_stops_itself_and_then_fails_is_stopped_not_crashed() -> None:
    """How a child ends when it is stopped never counts; its asker hears the truth."""

    def work(actor: Puppet) -> None:
        actor.context.stop()
        raise ValueError

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(Do(work))
        assert await ref.wait_stopped() == smith.Stopped()
        assert [event for event in events if isinstance(event, smith.StopRaised)]
        assert not [event for event in events if isinstance(event, smith.RestartScheduled)]


async def test_shutdown_ends_this_incarnation_only() -> None:
    """A permanent actor restarts, its mailbox is kept; a transient one stays down."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        permanent = await supervisor.start(Puppet)
        release = await busy(permanent)
        ended = await begin(nursery, lambda: permanent.ask(fails(smith.Shutdown("why"))))
        waiting = await begin(nursery, lambda: permanent.ask(Echo("kept")))
        release.set()
        await wait_all_tasks_blocked()
        assert isinstance(ended.error, smith.ActorStopped)
        assert waiting.value == "kept"
        transient = await supervisor.start(Puppet, restart=smith.Restart.TRANSIENT)
        await transient.tell(fails(smith.Shutdown("why")))
        assert await transient.wait_stopped() == smith.ShutDown("why")
