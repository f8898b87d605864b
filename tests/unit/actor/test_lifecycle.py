"""What an actor is doing, as others see it."""

from __future__ import annotations

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Echo, Puppet, begin, busy, fails, tree
from trio_smith import Lifecycle


async def test_the_view_shows_where_the_actor_stands() -> None:
    """From running over restarting to stopped, and back by request."""
    backoff = smith.Backoff(initial=5.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        view = ref.lifecycle
        assert view.value is Lifecycle.RUNNING
        assert repr(view) == "<lifecycle of actor: running>"
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        assert view.value is Lifecycle.RESTARTING
        await trio.sleep(6)
        assert view.value is Lifecycle.RUNNING
        release = await busy(ref)
        await begin(nursery, lambda: supervisor.stop_child("actor"))
        assert view.value is Lifecycle.STOPPING
        release.set()
        await wait_all_tasks_blocked()
        assert view.value is Lifecycle.STOPPED
        await supervisor.restart_child("actor")
        assert view.value is Lifecycle.RUNNING


async def test_starting_can_be_seen() -> None:
    """While its lifespan or its on_restart takes its time."""
    states: list[Lifecycle] = []

    class Slow(Puppet):
        async def on_restart(self, failure: smith.Failure) -> None:
            states.append(self.context.ref.lifecycle.value)

    async with tree() as supervisor:
        ref = await supervisor.start(Slow)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo())
    assert states == [Lifecycle.STARTING]


async def test_one_can_wait_for_a_value() -> None:
    """For one of several; at once if it is there."""
    backoff = smith.Backoff(initial=5.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        with assert_checkpoints():
            assert await ref.lifecycle.wait_value(Lifecycle.STOPPED, Lifecycle.RUNNING) is Lifecycle.RUNNING
        waiting = await begin(nursery, lambda: ref.lifecycle.wait_value(Lifecycle.STOPPED))
        other = await begin(nursery, lambda: ref.lifecycle.wait_value(Lifecycle.STOPPED))
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo())
        assert trio.current_time() == 5  # who waits must sleep meanwhile, or virtual time stands still
        assert not waiting.done
        other.scope.cancel()
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert waiting.value is Lifecycle.STOPPED
        assert other.cancelled


async def test_one_can_wait_for_a_change() -> None:
    """And is told what it changed to."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        waiting = await begin(nursery, ref.lifecycle.wait_change)
        await ref.ask(Echo())
        assert not waiting.done
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert waiting.value in {Lifecycle.STOPPING, Lifecycle.STOPPED}


async def test_an_actor_that_rests_is_seen_to_stop() -> None:
    """That way is short, but not silent."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        stopped = await begin(nursery, lambda: ref.lifecycle.wait_value(Lifecycle.STOPPED))
        await supervisor.stop_child("actor")
        await wait_all_tasks_blocked()
        assert stopped.value is Lifecycle.STOPPED


async def test_the_view_is_read_only() -> None:
    """It is a window, no handle."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(AttributeError):
            ref.lifecycle.value = Lifecycle.STOPPED  # type: ignore[misc]
        with pytest.raises(AttributeError):
            ref.lifecycle.other = 1  # type: ignore[attr-defined]
