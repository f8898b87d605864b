"""A drain: what waits is handled first, as long as there is time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Echo, Note, Puppet, begin, busy, fails, letters, sleeps, small, stops, tree


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


@pytest.mark.parametrize("drain", [-1.0, math.nan, 10**400, "1"], ids=lambda drain: str(drain)[:9])
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


async def test_context_stop_with_a_drain_takes_no_more_although_the_supervisor_is_busy() -> None:
    """What came before is handled meanwhile, and what comes after is refused at once."""
    seen: list[object] = []

    async def slow(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(10)
        task_status.started()

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(3), seen)
        release = await busy(ref)
        ref.tell_nowait(stops(drain=5))
        ref.tell_nowait(Note("before"))
        ref.tell_nowait(sleeps(8))
        waits_for_room = await begin(nursery, lambda: ref.tell(Note("before, too")))
        await begin(nursery, lambda: supervisor.start(slow))
        release.set()
        await wait_all_tasks_blocked()
        with pytest.raises(smith.ActorStopped):
            ref.tell_nowait(Note("after"))
        assert waits_for_room.done
        assert await ref.wait_stopped() == smith.Stopped()
        assert trio.current_time() == 10
        assert letters(supervisor) == []
    assert seen == ["before", "before, too"]


async def test_context_stop_with_a_drain_is_begun_by_the_supervisor() -> None:
    """Its seconds count from there; what is not handled by then is given up."""

    async def slow(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(3)
        task_status.started()

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        await begin(nursery, lambda: supervisor.start(slow))
        await ref.ask(stops(drain=4))
        for _ in range(3):
            with pytest.raises(smith.ActorStopped):
                await ref.tell(Note())
        assert await ref.wait_stopped() == smith.Stopped()
        assert trio.current_time() == 3
