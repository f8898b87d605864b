"""To be told when another actor's incarnation ends."""

from __future__ import annotations

import contextlib
import gc
import weakref
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, begin, busy, fails, tree


class Watcher(Puppet):
    """Writes down what it is told of others' ends."""

    def on_down(self, down: smith.Down) -> None:
        """Write it down."""
        self.seen.append(down)


def watch(ref: smith.Ref[Any]) -> Do:
    """Return a message that has its actor monitor *ref*; it is answered with the monitor."""
    return Do(lambda actor: actor.context.monitor(ref))


def reasons(seen: list[smith.Down]) -> list[tuple[str, int, str]]:
    """Return what was seen, in short."""
    return [(down.ref.path, down.incarnation, type(down.reason).__name__) for down in seen]


async def test_each_ended_incarnation_is_reported_once() -> None:
    """Also a crash that is followed by a restart; until it is over for good."""
    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await watcher.ask(watch(target))
        error = ValueError()
        with pytest.raises(smith.ActorCrashed):
            await target.ask(fails(error))
        with pytest.raises(smith.ActorStopped):
            await target.ask(fails(smith.Shutdown("why")))
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
        assert reasons(seen) == [
            ("target", 1, "Crashed"),
            ("target", 2, "ShutDown"),
            ("target", 3, "Stopped"),
        ]
        assert seen[0].reason.exception is error
        assert seen[0].ref == target


async def test_an_actor_at_rest_is_reported_when_it_is_stopped() -> None:
    """That stop takes a short way; nobody must be forgotten on it."""
    seen: list[Any] = []
    async with tree() as supervisor:
        watcher = await supervisor.start(Watcher, seen)
        target = await supervisor.start(Puppet, name="target")
        await target.ask(Echo())
        await watcher.ask(watch(target))
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
    assert reasons(seen) == [("target", 1, "Stopped")]


async def test_to_monitor_what_has_ended_reports_at_once() -> None:
    """Why it ended, and that it was its last incarnation."""
    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await supervisor.stop_child("target")
        await watcher.ask(watch(target))
        await wait_all_tasks_blocked()
    assert reasons(seen) == [("target", 1, "Stopped")]


async def test_to_monitor_again_and_again_what_has_ended_does_not_stop_the_program() -> None:
    """In Erlang monitors fire once, so people renew them when they fire: others must get their turn."""

    class Renews(Puppet):
        async def on_down(self, down: smith.Down) -> None:
            self.seen.append(down)
            self.context.monitor(down.ref)

    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Renews, seen, name="watcher")
        await supervisor.stop_child("target")
        await watcher.ask(watch(target))
        with trio.CancelScope() as scope:
            for _ in range(20):
                await trio.lowlevel.checkpoint()
            scope.cancel()
            await trio.sleep_forever()
        assert 20 < len(seen) < 5000
        await supervisor.stop_child("watcher")


async def test_a_cancelled_monitor_tells_no_more() -> None:
    """What waits in the system lane is still told; cancelling twice is harmless."""
    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        monitor = await watcher.ask(watch(target))
        with pytest.raises(smith.ActorCrashed):
            await target.ask(fails(ValueError()))
        monitor.cancel()
        monitor.cancel()
        assert not target._cell.extras.watchers
        assert not watcher._cell.extras.watching
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
    assert reasons(seen) == [("target", 1, "Crashed")]


async def test_several_monitors_of_one_actor_tell_each() -> None:
    """Of one watcher and of several."""
    one: list[Any] = []
    other: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        first, second = await supervisor.start(Watcher, one), await supervisor.start(Watcher, other)
        await first.ask(watch(target))
        await first.ask(watch(target))
        await second.ask(watch(target))
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
    assert (len(one), len(other)) == (2, 1)


async def test_a_failed_start_is_no_end_of_an_incarnation() -> None:
    """The target never was up."""
    seen: list[Any] = []
    starts = 0

    class Flaky(Puppet):
        def __init__(self) -> None:
            nonlocal starts
            starts += 1
            if starts in {2, 3}:
                raise OSError
            super().__init__()

    async with tree() as supervisor:
        target = await supervisor.start(Flaky, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await watcher.ask(watch(target))
        with pytest.raises(smith.ActorCrashed):
            await target.ask(fails(ValueError()))
        await target.ask(Echo())
        assert starts == 4
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
    assert reasons(seen) == [("target", 1, "Crashed"), ("target", 4, "Stopped")]


async def test_who_watches_many_that_come_and_go_does_not_collect_them() -> None:
    """A monitor of an actor that is gone for good, and forgotten by its supervisor, is nobody's any more."""
    monitors: weakref.WeakSet[smith.Monitor] = weakref.WeakSet()
    async with tree() as supervisor:
        watcher = await supervisor.start(Watcher)
        for _ in range(20):
            ref = await supervisor.start(Puppet, restart=smith.Restart.TEMPORARY)
            monitors.add(await watcher.ask(watch(ref)))
            with contextlib.suppress(smith.ActorStopped):
                await ref.ask(fails(smith.Shutdown()))
            await ref.wait_stopped()
        assert len(await watcher.ask(Do(lambda actor: actor.seen))) == 20
        await watcher.ask(Do(lambda actor: actor.seen.clear()))
        gc.collect()
        assert len(monitors) <= 1


async def test_a_monitor_goes_with_the_incarnation_that_asked_for_it() -> None:
    """The next one has to ask again."""
    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await watcher.ask(watch(target))
        with pytest.raises(smith.ActorCrashed):
            await watcher.ask(fails(ValueError()))
        await watcher.ask(Echo("next incarnation"))
        assert not target._cell.extras.watchers
        await supervisor.stop_child("target")
        await wait_all_tasks_blocked()
    assert seen == ["next incarnation"]


async def test_while_the_watcher_stops_what_it_should_be_told_is_discarded() -> None:
    """Silently: no error, no dead letter."""
    seen: list[Any] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen, name="watcher")
        await watcher.ask(watch(target))
        release = await busy(watcher)
        await supervisor.stop_child("target")
        stopped = await begin(nursery, lambda: supervisor.stop_child("watcher"))
        release.set()
        await wait_all_tasks_blocked()
        assert stopped.done
        assert supervisor.system.dead_letters.total == 0
    assert seen == []


async def test_on_down_comes_before_waiting_messages_and_after_the_one_in_hand() -> None:
    """System lane."""
    seen: list[Any] = []
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await watcher.ask(watch(target))
        release = await busy(watcher)
        await watcher.tell(Note("message"))
        await supervisor.stop_child("target")
        release.set()
        await wait_all_tasks_blocked()
    assert [type(one) for one in seen] == [smith.Down, str]


async def test_on_down_may_be_async_and_what_it_raises_is_a_crash() -> None:
    """As of any method of the actor."""
    failures: list[smith.Failure] = []

    class Fails(Puppet):
        async def on_down(self, down: smith.Down) -> None:
            await trio.sleep(1)
            raise ValueError("on_down")

        def on_restart(self, failure: smith.Failure) -> None:
            failures.append(failure)

    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Fails)
        await watcher.ask(watch(target))
        await supervisor.stop_child("target")
        await trio.sleep(2)
        assert [(str(one.exception), one.message) for one in failures] == [("on_down", None)]


async def test_an_actor_that_does_not_care_need_not_override_it() -> None:
    """The default does nothing."""
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Puppet)
        await watcher.ask(watch(target))
        await supervisor.stop_child("target")
        assert await watcher.ask(Echo("fine")) == "fine"


async def test_actors_may_watch_one_another_and_themselves() -> None:
    """The tree ends all the same."""
    seen: list[Any] = []
    async with tree() as supervisor:
        one, other = await supervisor.start(Watcher, seen), await supervisor.start(Watcher, seen)
        await one.ask(watch(other))
        await other.ask(watch(one))
        await one.ask(watch(one))
        with pytest.raises(smith.ActorCrashed):
            await one.ask(fails(ValueError()))
        await wait_all_tasks_blocked()
        assert reasons(seen) == [(one.path, 1, "Crashed")]


async def test_the_end_of_a_supervisor_is_the_end_of_its_actors() -> None:
    """A ref ends with its supervisor's incarnation."""
    seen: list[Any] = []
    async with tree() as supervisor:
        watcher = await supervisor.start(Watcher, seen)
        desk = await supervisor.start_supervisor(name="desk", children=[smith.child(Puppet, name="a")])
        target = supervisor.system.find("desk/a", Puppet)
        await watcher.ask(watch(target))
        await desk.stop()
        await wait_all_tasks_blocked()
        assert reasons(seen) == [("desk/a", 1, "Stopped")]
        with pytest.raises(smith.ActorStopped):
            await target.ask(Echo())


async def test_a_watcher_between_two_incarnations_is_told_nothing() -> None:
    """Its monitors have gone with the old one."""
    seen: list[Any] = []
    backoff = smith.Backoff(initial=10.0, jitter=0.0)
    async with tree(backoff=backoff) as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Watcher, seen)
        await watcher.ask(watch(target))
        with pytest.raises(smith.ActorCrashed):
            await watcher.ask(fails(ValueError()))
        await supervisor.stop_child("target")
        await trio.sleep(20)
        assert await watcher.ask(Echo("up again")) == "up again"
    assert seen == ["up again"]


async def test_a_monitor_of_what_has_ended_can_be_cancelled_too() -> None:
    """There is nothing to cancel, so nothing happens."""
    async with tree() as supervisor:
        target = await supervisor.start(Puppet, name="target")
        watcher = await supervisor.start(Puppet)
        await supervisor.stop_child("target")
        monitor = await watcher.ask(watch(target))
        monitor.cancel()
        assert await watcher.ask(Echo("fine")) == "fine"
