"""Requests: what each does, how it is answered, and why it is refused."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    AlreadyPresent,
    AlreadyStarted,
    ChildCounts,
    ChildNotFound,
    ChildRestarting,
    ChildRunning,
    Condition,
    InvalidSpec,
    NotQuarantined,
    Pool,
    Restart,
    StartFailed,
    Supervisor,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)

from .stage import crashing, idle, returning, settle, starting, stubborn


class Echo(smith.Actor[Any]):
    """An actor."""


# start -------------------------------------------------------------------------------------


async def test_a_start_answers_by_what_was_started() -> None:
    """A handle for a function, a ref for an actor, the thing itself for a supervisor."""
    async with open_supervisor() as supervisor:
        assert isinstance(await supervisor.start(idle), smith.Child)
        assert isinstance(await supervisor.start(Echo), smith.Ref)
        assert isinstance(await supervisor.start(child(SupervisorSpec())), Supervisor)
        assert isinstance(await supervisor.start(child(Echo)), smith.Ref)
        assert isinstance(await supervisor.start_supervisor(), Supervisor)
        assert isinstance(await supervisor.start_pool(child(idle)), Pool)
        await supervisor.stop()


async def test_a_whole_subtree_is_started_by_one_request(autojump_clock: MockClock) -> None:
    """And answered when all of it is ready."""
    spec = SupervisorSpec(name="n", children=[child(starting(2.0), name="a"), child(starting(3.0), name="b")])
    async with open_supervisor() as supervisor:
        nested = await supervisor.start(child(spec))
        assert trio.current_time() == 5.0
        assert isinstance(nested, Supervisor)
        assert nested.children() == ("a", "b")
        assert (nested.name, nested.path) == ("n", "n")
        await supervisor.stop()


async def test_a_new_child_goes_to_the_end_of_the_order() -> None:
    """Start order is stop order backwards."""
    async with open_supervisor() as supervisor:
        for name in "cab":
            await supervisor.start(idle, name=name)
        assert supervisor.children() == ("c", "a", "b")
        await supervisor.stop_child("c")
        await supervisor.delete_child("c")
        await supervisor.start(idle, name="c")
        assert supervisor.children() == ("a", "b", "c")
        await supervisor.stop()


async def test_a_name_that_is_taken_is_refused(autojump_clock: MockClock) -> None:
    """Running: already started; known but not running: already present."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(crashing(1.0), name="b")
        with pytest.raises(AlreadyStarted):
            await supervisor.start(idle, name="a")
        await supervisor.stop_child("a")
        with pytest.raises(AlreadyPresent) as caught:
            await supervisor.start(idle, name="a")
        assert caught.value.child == "a"
        await trio.sleep(2.0)
        with pytest.raises(AlreadyPresent):  # restarting; OTP answers the same
            await supervisor.start(idle, name="b")
        await supervisor.stop()


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda s: s.start(idle, name="a/b"), "name"),
        (lambda s: s.start(idle, grace=-1.0), "grace"),
        (lambda s: s.start(idle, significant=True), "significant"),
        (lambda s: s.start(child(SupervisorSpec(), significant=True)), "significant"),
        (lambda s: s.start_supervisor(within=0.0), "within"),
        (lambda s: s.start_pool(child(idle, name="x")), "template"),
        (lambda s: s.start(3), "start"),
    ],
    ids=["name", "grace", "significant", "significant supervisor", "within", "template", "start"],
)
async def test_a_refused_spec_starts_nothing_and_harms_nothing(
    call: Callable[[Any], Awaitable[object]], field: str
) -> None:
    """It raises in its caller alone."""
    async with open_supervisor() as supervisor:
        with pytest.raises(InvalidSpec) as caught:
            await call(supervisor)
        assert caught.value.field == field
        assert supervisor.children() == ()


async def test_options_beside_a_spec_are_refused() -> None:
    """They stand in the spec; here they could have no effect."""
    async with open_supervisor() as supervisor:
        with pytest.raises((TypeError, smith.MisuseError)):
            await supervisor.start(child(idle, name="a"), name="b")  # type: ignore[call-overload]
        with pytest.raises((TypeError, smith.MisuseError)):
            await supervisor.start(child(idle, name="a"), 1)  # type: ignore[call-overload]
        assert supervisor.children() == ()


# stop_child, restart_child, delete_child ---------------------------------------------------


async def test_the_life_of_a_child_by_requests() -> None:
    """Stopped, restarted, stopped, deleted."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(idle, name="a")
        with pytest.raises(ChildRunning):
            await supervisor.restart_child("a")
        with pytest.raises(ChildRunning):
            await supervisor.delete_child("a")
        await supervisor.stop_child("a")
        await supervisor.stop_child("a")
        assert started.state is Condition.DOWN
        again = await supervisor.restart_child("a")
        assert again == started
        assert isinstance(again, smith.Child)
        assert again.incarnation == 2
        await started.stop()
        await supervisor.delete_child("a")
        for request in (supervisor.stop_child, supervisor.restart_child, supervisor.delete_child):
            with pytest.raises(ChildNotFound):
                await request("a")


@pytest.mark.parametrize("by", ["name", "handle", "own"])
async def test_a_child_is_stopped_by_its_name_or_by_its_handle(autojump_clock: MockClock, by: str) -> None:
    """The whole stop is waited for."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(stubborn(3.0), name="a")
        await settle()
        match by:
            case "name":
                await supervisor.stop_child("a")
            case "handle":
                await supervisor.stop_child(started)
            case _:
                await started.stop()
        assert trio.current_time() == 3.0
        assert started.state is Condition.DOWN


async def test_an_actor_and_a_supervisor_are_stopped_by_what_start_returned() -> None:
    """A ref, a supervisor, a pool."""
    async with open_supervisor() as supervisor:
        for started in (
            await supervisor.start(Echo, name="e"),
            await supervisor.start_supervisor(name="n"),
            await supervisor.start_pool(child(idle), name="p"),
        ):
            await supervisor.stop_child(started)
        assert {supervisor.child(name).state for name in "enp"} == {Condition.DOWN}


async def test_the_handle_of_a_child_that_is_gone_does_not_stop_its_successor() -> None:
    """Another child has its name by now."""
    async with open_supervisor() as supervisor:
        old = await supervisor.start(returning(0.0), name="a", restart=Restart.TEMPORARY)
        await old.wait_stopped()
        new = await supervisor.start(idle, name="a")
        with suppress(ChildNotFound):
            await supervisor.stop_child(old)
        await old.stop()
        assert new.state is Condition.RUNNING
        await supervisor.stop()


@pytest.mark.parametrize("which", ["nobody", 3, None, object()])
async def test_stopping_what_is_nobody_is_refused(which: Any) -> None:
    """Whatever it is."""
    async with open_supervisor() as supervisor:
        with pytest.raises((ChildNotFound, TypeError)):
            await supervisor.stop_child(which)


async def test_stopping_somebody_elses_child_is_refused() -> None:
    """Also the supervisor itself, and children of a nested one."""
    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n")
        deep = await nested.start(idle, name="deep")
        for which in (deep, supervisor):
            with pytest.raises(ChildNotFound):
                await supervisor.stop_child(which)
        assert deep.state is Condition.RUNNING
        await supervisor.stop()


@pytest.mark.parametrize("name", [["x"], 3, None, {}])
@pytest.mark.parametrize("request_", ["restart_child", "delete_child", "release_child"])
async def test_a_name_that_cannot_be_is_refused_and_harms_nobody(request_: str, name: Any) -> None:
    """Checked at the door: a wrong argument must not bring a tree down."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(idle)
        with pytest.raises((TypeError, ChildNotFound, smith.MisuseError)):
            await getattr(supervisor, request_)(name)
        assert started.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_failing_restart_by_request_stays_down(autojump_clock: MockClock) -> None:
    """No retry, not counted; and it can be tried again."""
    async with open_supervisor(max_restarts=0) as supervisor:
        await supervisor.start(starting(0.0, KeyError, KeyError), name="a")
        await supervisor.stop_child("a")
        for _ in range(2):
            with pytest.raises(StartFailed):
                await supervisor.restart_child("a")
            await trio.sleep(1.0)
            assert supervisor.child("a").state is Condition.DOWN
        await supervisor.restart_child("a")
        assert supervisor.child("a").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_restarting_child_is_refused_and_a_stop_cancels_its_restart(
    autojump_clock: MockClock,
) -> None:
    """Section 9."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        started = await supervisor.start(crashing(1.0), name="a")
        await trio.sleep(2.0)
        for request in (supervisor.restart_child, supervisor.delete_child):
            with pytest.raises(ChildRestarting):
                await request("a")
        await supervisor.stop_child("a")
        assert isinstance(await started.wait_stopped(), smith.Crashed)
        await trio.sleep(10.0)
        assert started.state is Condition.DOWN
        await supervisor.delete_child("a")


async def test_only_a_child_in_quarantine_can_be_released() -> None:
    """Others are restarted, or are there."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        with pytest.raises(NotQuarantined):
            await supervisor.release_child("a")
        with pytest.raises(ChildNotFound):
            await supervisor.release_child("b")
        await supervisor.stop()


# Looking -----------------------------------------------------------------------------------


async def test_counts_are_of_specs_tasks_and_kinds() -> None:
    """Specs living or not, active = living."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a")
        await supervisor.start(idle, name="b")
        await supervisor.start_supervisor(name="n")
        await supervisor.start_pool(child(idle), name="p")
        await supervisor.stop_child("b")
        await supervisor.stop_child("p")
        counts = await supervisor.count_children()
        assert counts == ChildCounts(specs=4, active=2, supervisors=2, workers=2)
        await supervisor.stop()


async def test_the_spec_and_the_handle_of_a_child_are_told_at_once() -> None:
    """At this instant, not in turn."""
    async with open_supervisor() as supervisor:
        await supervisor.start(idle, name="a", grace=2.0)
        assert supervisor.child_spec("a") == child(idle, name="a", grace=2.0)
        assert supervisor.child("a").id == "a"
        assert supervisor.child("a").path == "a"
        for look in (supervisor.child, supervisor.child_spec):
            with pytest.raises(ChildNotFound):
                look("b")
        await supervisor.stop()


async def test_counting_waits_its_turn(autojump_clock: MockClock) -> None:
    """While a child is being started."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(3.0))
        await trio.sleep(1.0)
        assert (await supervisor.count_children()).active == 1
        assert trio.current_time() == 3.0
        await supervisor.stop()


# Requests that would wait for themselves ---------------------------------------------------


async def test_a_tree_that_is_declared_serves_requests_like_any_other() -> None:
    """The handle of its root."""
    spec = SupervisorSpec(name="top", children=[child(idle, name="a")])
    async with open_tree(spec) as supervisor:
        await supervisor.start(idle, name="b")
        assert supervisor.children() == ("a", "b")
        await supervisor.stop()
