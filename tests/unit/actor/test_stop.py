"""How an actor ends: by request, by itself, in a group, at the end of the tree."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, sleeps, small, tree
from trio_smith import DeadLetterReason


def stops(*, drain: float = 0.0) -> Do:
    """Return a message whose handler stops its actor and answers."""

    def work(actor: Puppet) -> str:
        actor.context.stop(drain=drain)
        return "stops"

    return Do(work)


async def test_the_message_in_hand_is_finished_and_answered() -> None:
    """Inside the grace."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", grace=5.0)
        asked = await begin(nursery, lambda: ref.ask(sleeps(3, "finished")))
        await supervisor.stop_child("actor")
        assert trio.current_time() == 3
        await wait_all_tasks_blocked()
        assert asked.value == "finished"
        assert await ref.wait_stopped() == smith.Stopped()


async def test_a_message_that_outlasts_the_grace_is_cancelled() -> None:
    """Its asker hears that the actor stopped; a dead letter."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", grace=5.0)
        message = sleeps(30)
        asked = await begin(nursery, lambda: ref.ask(message))
        await supervisor.stop_child("actor")
        assert trio.current_time() == 5
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        assert letters(supervisor) == [(message, DeadLetterReason.STOPPED)]
        assert await ref.wait_stopped() == smith.Killed()


async def test_waiting_tells_become_dead_letters_and_waiting_asks_fail() -> None:
    """At once, not only when the message in hand is done; in order."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        await ref.tell(sleeps(3))
        await wait_all_tasks_blocked()
        await ref.tell(Note("told"))
        asked = await begin(nursery, lambda: ref.ask(Echo("asked")))
        stopped = await begin(nursery, lambda: supervisor.stop_child("actor"))
        assert isinstance(asked.error, smith.ActorStopped)
        assert asked.at == 0
        assert letters(supervisor) == [
            (Note("told"), DeadLetterReason.STOPPED),
            (Echo("asked"), DeadLetterReason.STOPPED),
        ]
        assert [letter.deliveries for letter in supervisor.system.dead_letters.snapshot()] == [0, 0]
        with pytest.raises(smith.ActorStopped):
            ref.tell_nowait(Note())
        await trio.sleep(4)
        assert stopped.at == 3


async def test_an_actor_at_rest_stops_at_once() -> None:
    """Also one that was never sent to, and one in the middle of many."""
    async with tree() as supervisor:
        refs = [await supervisor.start(Puppet, name=f"actor-{number}") for number in range(10)]
        await refs[3].ask(Echo())
        for number in (5, 3, 0, 9):
            await supervisor.stop_child(f"actor-{number}")
            assert refs[number].lifecycle.value is smith.Lifecycle.STOPPED
            assert await refs[number].wait_stopped() == smith.Stopped()
        assert (await supervisor.count_children()).active == 6
        for number in (5, 3, 0, 9):
            await supervisor.restart_child(f"actor-{number}")
            assert await refs[number].ask(Echo(number)) == number
        assert trio.current_time() == 0


async def test_stopping_and_restarting_by_request_goes_on_as_often_as_one_likes() -> None:
    """The same ref, the same task or another: the messages arrive."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen, name="actor")
        for number in range(50):
            if number % 3:
                await ref.ask(Echo(number))
            elif number % 2:
                ref.tell_nowait(Note(number))  # may be given up by the stop, never lost silently
            await supervisor.stop_child("actor")
            with pytest.raises(smith.ActorStopped):
                await ref.ask(Echo())
            await supervisor.restart_child("actor")
        assert await ref.ask(Echo("end")) == "end"
        assert ref._cell.host.incarnation == 51
        given_up = [letter.message.text for letter in supervisor.system.dead_letters.snapshot()]
    expected = {number for number in range(50) if number % 3 or number % 2}
    assert {*seen, *given_up} == {*expected, "end"}
    assert len(seen) + len(given_up) == len(expected) + 1


async def test_a_drain_handles_first_what_waits() -> None:
    """And takes nothing new."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen, name="actor", grace=0.5)
        await ref.tell(sleeps(1))
        for number in range(3):
            await ref.tell(sleeps(1))
            await ref.tell(Note(number))
        stopped = await begin(nursery, lambda: supervisor.stop_child("actor", drain=10))
        with pytest.raises(smith.ActorStopped):
            ref.tell_nowait(Note("too late"))
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo("too late"))
        assert ref.lifecycle.value is smith.Lifecycle.STOPPING
        await trio.sleep(20)
        assert stopped.at == 4
        assert letters(supervisor) == []
        assert await ref.wait_stopped() == smith.Stopped()
    assert seen == [0, 1, 2]


async def test_a_drain_that_is_over_gives_up_the_rest() -> None:
    """The message then in hand has its grace."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", grace=5.0)
        asked = [await begin(nursery, lambda: ref.ask(sleeps(2, "done"))) for _ in range(4)]
        await supervisor.stop_child("actor", drain=3)
        assert trio.current_time() == 4
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == ["done", "done", None, None]
        assert [type(one.error) for one in asked[2:]] == [smith.ActorStopped] * 2
        assert len(letters(supervisor)) == 2


async def test_a_drain_of_an_actor_at_rest_stops_at_once() -> None:
    """There is nothing to wait for."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        await supervisor.stop_child("actor", drain=10)
        assert trio.current_time() == 0
        assert await ref.wait_stopped() == smith.Stopped()


async def test_a_drain_lets_those_in_who_waited_for_room_already() -> None:
    """They came before the stop."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), seen, name="actor")
        release = await busy(ref)
        ref.tell_nowait(Note(0))
        told = [await begin(nursery, lambda n=n: ref.tell(Note(n))) for n in range(1, 4)]
        stopped = await begin(nursery, lambda: supervisor.stop_child("actor", drain=10))
        release.set()
        await wait_all_tasks_blocked()
        assert stopped.done
        assert [one.error for one in told] == [None] * 3
    assert seen == [0, 1, 2, 3]


async def test_a_drain_that_is_over_refuses_those_who_waited_for_room() -> None:
    """Nobody is left waiting."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), name="actor")
        await ref.tell(sleeps(2))
        await wait_all_tasks_blocked()
        ref.tell_nowait(sleeps(2))
        told = [await begin(nursery, lambda: ref.tell(Note())) for _ in range(3)]
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("actor", drain=1)
        await wait_all_tasks_blocked()
        assert all(one.done for one in told)
        assert isinstance(asked.error, smith.ActorStopped)
        assert isinstance(told[-1].error, smith.ActorStopped)
        statistics = ref.statistics()
        assert (statistics.depth, statistics.senders_waiting) == (0, 0)


@pytest.mark.parametrize("drain", [-1.0, math.nan, "1"])
async def test_a_drain_is_a_number_of_seconds(drain: Any) -> None:
    """Anything else is refused where it is said, and fells nobody."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        with pytest.raises((smith.MisuseError, ValueError, TypeError)):
            await supervisor.stop_child("actor", drain=drain)
        with pytest.raises((smith.MisuseError, ValueError, TypeError)):
            await supervisor.child("actor").stop(drain=drain)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(stops(drain=drain))
        assert await ref.ask(Echo("alive")) == "alive"


async def test_a_crash_during_a_drain_gives_up_the_rest() -> None:
    """It is stopping for good: there is no next incarnation."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        release = await busy(ref)
        failing = await begin(nursery, lambda: ref.ask(fails(ValueError())))
        waiting = await begin(nursery, lambda: ref.ask(Echo()))
        nursery.start_soon(lambda: supervisor.stop_child("actor", drain=10))
        await wait_all_tasks_blocked()
        release.set()
        await wait_all_tasks_blocked()
        assert isinstance(failing.error, smith.ActorCrashed)
        assert isinstance(waiting.error, smith.ActorStopped)
        assert await ref.wait_stopped() == smith.Stopped()


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


async def test_context_stop_with_a_drain_handles_first_what_waits() -> None:
    """As stop_child with a drain."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        ref.tell_nowait(stops(drain=5))
        for number in range(3):
            ref.tell_nowait(Note(number))
        release.set()
        assert await ref.wait_stopped() == smith.Stopped()
        assert letters(supervisor) == []
    assert seen == [0, 1, 2]


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


async def test_a_temporary_actor_that_crashes_is_gone_and_its_mailbox_closed() -> None:
    """Own end without restart is final."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", restart=smith.Restart.TEMPORARY)
        release = await busy(ref)
        ref.tell_nowait(fails(ValueError()))
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        release.set()
        assert isinstance(await ref.wait_stopped(), smith.Crashed)
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        assert supervisor.children() == ()


async def test_a_stop_inside_a_group_restart_is_not_final() -> None:
    """Mailbox open, what waits is kept, the message in hand is finished and answered."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            children=[smith.child(Puppet, seen, name="a", grace=9.0), smith.child(Puppet, name="b")],
        )
        a, b = supervisor.system.find("desk/a", Puppet), supervisor.system.find("desk/b", Puppet)
        in_hand = await begin(nursery, lambda: a.ask(sleeps(3, "finished")))
        waiting = await begin(nursery, lambda: a.ask(Echo("kept")))
        await a.tell(Note("kept, too"))
        with pytest.raises(smith.ActorCrashed):
            await b.ask(fails(ValueError()))
        await a.tell(Note("sent while it stopped"))
        assert a.lifecycle.value is smith.Lifecycle.STOPPING
        await trio.sleep(4)
        assert in_hand.value == "finished"
        assert waiting.value == "kept"
        assert [letter.recipient for letter in supervisor.system.dead_letters.snapshot()] == ["desk/b"]
        assert a._cell.host.incarnation == 2
    assert seen == ["kept", "kept, too", "sent while it stopped"]


async def test_an_actor_at_rest_in_a_group_restart_keeps_its_ref_and_its_watchers() -> None:
    """It is ended without a step of its task; everything else is as usual."""
    downs: list[Any] = []

    class Watcher(Puppet):
        def on_down(self, down: smith.Down) -> None:
            downs.append((down.incarnation, down.reason))

    async with tree() as supervisor:
        watcher = await supervisor.start(Watcher)
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            max_restarts=100,
            children=[smith.child(Puppet, name=name) for name in "abc"],
        )
        refs = [supervisor.system.find(f"desk/{name}", Puppet) for name in "abc"]
        await watcher.ask(Do(lambda actor: actor.context.monitor(refs[0])))
        for number in range(1, 4):
            first = await refs[2].ask(Do(lambda actor: actor))
            with pytest.raises(smith.ActorCrashed):
                await refs[1].ask(fails(ValueError()))
            assert await refs[0].ask(Echo(number)) == number
            assert await refs[2].ask(Do(lambda actor: actor)) is not first
            assert downs[-1] == (number, smith.Stopped())


async def test_a_message_cut_off_by_a_group_restart_is_given_up_or_delivered_again() -> None:
    """As at a crash, but it was not its fault: the asker hears that the actor stopped."""

    class Twice(Puppet):
        max_deliveries = 2

    async def work(actor: Puppet) -> int:
        if actor.context.delivery == 1:
            await trio.sleep(60)
        return actor.context.delivery

    async with tree() as supervisor, trio.open_nursery() as nursery:
        await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            children=[smith.child(kind, name=kind.__name__, grace=1.0) for kind in (Puppet, Twice)]
            + [smith.child(Puppet, name="fails")],
        )
        find = supervisor.system.find
        asked = [
            await begin(nursery, lambda k=kind: find(f"desk/{k.__name__}", k).ask(Do(work)))
            for kind in (Puppet, Twice)
        ]
        with pytest.raises(smith.ActorCrashed):
            await find("desk/fails", Puppet).ask(fails(ValueError()))
        await trio.sleep(5)
        assert isinstance(asked[0].error, smith.ActorStopped)
        assert asked[1].value == 2


async def test_a_deleted_actor_and_a_new_one_of_its_name_are_two() -> None:
    """The old ref stays dead."""
    async with tree() as supervisor:
        old = await supervisor.start(Puppet, name="actor")
        await supervisor.stop_child("actor")
        await supervisor.delete_child("actor")
        new = await supervisor.start(Puppet, name="actor")
        assert old != new
        assert await new.ask(Echo("new")) == "new"
        with pytest.raises(smith.ActorStopped):
            await old.ask(Echo())


async def test_an_actor_may_not_wait_for_its_own_stop() -> None:
    """Nor for that of its supervisor: that would be for ever, so it is an error at once."""

    async def stop_child(_: object) -> None:
        await supervisor.stop_child("actor")

    async def stop_all(_: object) -> None:
        await supervisor.stop()

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        for work in (stop_child, stop_all):
            with pytest.raises(smith.ActorCrashed) as caught:
                await ref.ask(Do(work))
            assert isinstance(caught.value.__cause__, smith.SelfRequest)
        assert await ref.ask(Echo("alive")) == "alive"


async def test_wait_stopped_waits_over_restarts() -> None:
    """Down for good is meant; afterwards it returns at once."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        waiting = [await begin(nursery, ref.wait_stopped) for _ in range(3)]
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo())
        assert not any(one.done for one in waiting)
        waiting[0].scope.cancel()
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert [one.value for one in waiting] == [None, smith.Stopped(), smith.Stopped()]
        assert waiting[0].cancelled
        assert await ref.wait_stopped() == smith.Stopped()
        with trio.CancelScope() as scope:
            scope.cancel()
            await ref.wait_stopped()
        assert scope.cancelled_caught


async def test_the_end_of_the_tree_stops_actors_in_reverse_order() -> None:
    """Each within its own grace, the messages in hand finished."""
    seen: list[object] = []

    def work(name: str) -> Do:
        async def run(_: object) -> None:
            await trio.sleep(1)
            seen.append((name, trio.current_time()))

        return Do(run)

    async with tree() as supervisor:
        for name in "abc":
            ref = await supervisor.start(Puppet, name=name)
            await ref.tell(work(name))
        await wait_all_tasks_blocked()
    assert sorted(seen) == [("a", 1), ("b", 1), ("c", 1)]
