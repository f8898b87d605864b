"""How an actor ends: by request, in a group, at the end of the tree."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, letters, sleeps, tree
from trio_smith import DeadLetterReason


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
