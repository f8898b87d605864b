"""What becomes of a start that fails, and of a child that wants none."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    EndedBeforeReady,
    Restart,
    RestartIntensityExceeded,
    StartFailed,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)

from .stage import Crash, Ready, Tape, idle, polite, starting, telling


async def ignores() -> None:
    """Be ready at once, so this Ignore comes too late."""
    raise smith.Ignore


async def ignores_in_time(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
    """Ignore the start."""
    raise smith.Ignore


# Failure -----------------------------------------------------------------------------------


async def test_a_failing_first_start_stops_those_before_in_reverse_and_comes_out_bare(
    autojump_clock: MockClock,
) -> None:
    """Later ones are never tried; nothing is restarted."""
    tape = Tape()

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1.0)
        raise KeyError

    spec = SupervisorSpec(
        children=[
            child(polite(1.0, tape, "a"), name="a"),
            child(polite(2.0, tape, "b"), name="b"),
            child(fails, name="c"),
            child(telling(tape, "d"), name="d"),
        ]
    )
    with pytest.raises(StartFailed) as caught:
        async with open_tree(spec, observe=tape):
            pytest.fail("the body must not begin")
    assert caught.value.path == ("c",)
    assert isinstance(caught.value.__cause__, KeyError)
    assert tape.lines == [
        "begin .",
        "up a",
        "up b",
        "failed c: KeyError",
        "b asked at 1",
        "end b: stopped",
        "a asked at 3",
        "end a: stopped",
        "over .: shut down, StartFailed",
    ]
    assert trio.current_time() == 4.0


async def test_the_causes_of_nested_start_failures_nest(autojump_clock: MockClock) -> None:
    """The path leads from the outside in."""
    leaf = SupervisorSpec(name="leaf", children=[child(starting(KeyError), name="c")])
    middle = SupervisorSpec(name="middle", children=[child(idle, name="i"), child(leaf)])
    tape = Tape()
    with pytest.raises(StartFailed) as caught:
        async with open_tree(SupervisorSpec(children=[child(middle)]), observe=tape):
            pytest.fail("the body must not begin")
    error: BaseException | None = caught.value
    paths = []
    while isinstance(error, StartFailed):
        paths.append(error.path)
        error = error.__cause__
    assert paths == [("middle", "leaf", "c"), ("leaf", "c"), ("c",)]
    assert isinstance(error, KeyError)
    assert tape.lines[:-1] == [
        "begin .",
        "begin middle",
        "up middle/i",
        "begin middle/leaf",
        "failed middle/leaf/c: KeyError",
        "over middle/leaf: shut down, StartFailed",
        "failed middle/leaf: StartFailed",
        "end middle/i: stopped",
        "over middle: shut down, StartFailed",
        "failed middle: StartFailed",
    ]


async def test_a_failing_start_by_request_raises_and_harms_nobody(autojump_clock: MockClock) -> None:
    """Its spec is not kept; nothing is counted."""
    async with open_supervisor(max_restarts=0) as supervisor:
        await supervisor.start(idle, name="a")
        for _ in range(5):
            with pytest.raises(StartFailed) as caught:
                await supervisor.start(starting(KeyError), name="b")
            assert caught.value.path == ("b",)
        assert supervisor.children() == ("a",)
        await supervisor.stop()


async def test_the_cause_is_kept_out_of_what_a_function_with_a_supervisor_inside_raises(
    autojump_clock: MockClock,
) -> None:
    """A StartFailed out of a plain function is its own; only nested supervisors lengthen the path."""

    async def holds(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        async with open_supervisor(children=[child(starting(KeyError), name="deep")]):
            task_status.started()

    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(holds, name="holds")
        assert caught.value.path == ("holds",)
        assert isinstance(caught.value.__cause__, StartFailed)


async def test_a_child_that_ends_before_it_reported_has_failed_to_start(autojump_clock: MockClock) -> None:
    """Also without an exception."""

    async def forgets(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1.0)

    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(forgets, name="a")
        assert isinstance(caught.value.__cause__, EndedBeforeReady)


@pytest.mark.parametrize("error", [smith.Shutdown("no"), GeneratorExit(), ExceptionGroup("g", [Crash()])])
async def test_whatever_is_raised_before_ready_is_a_start_failure(error: BaseException) -> None:
    """Shutdown has a meaning only after it."""

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        raise error

    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(fails)
        assert caught.value.__cause__ is error


# Ignore ------------------------------------------------------------------------------------


async def test_an_ignored_child_is_started_without_a_task() -> None:
    """Its spec is kept; the handle says so for good, its state is live."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        ignored = await supervisor.start(ignores_in_time, name="a")
        assert ignored.ignored
        assert ignored.state is Condition.DOWN
        assert supervisor.children() == ("a",)
        await ignored.wait_stopped()
    assert tape.lines == ["begin .", "ignored a", "over .: stopped"]


async def test_an_ignored_temporary_child_is_forgotten() -> None:
    """There is nothing to keep."""
    async with open_supervisor() as supervisor:
        ignored = await supervisor.start(ignores_in_time, name="a", restart=Restart.TEMPORARY)
        assert ignored.ignored
        assert supervisor.children() == ()


async def test_a_tree_goes_on_behind_a_child_that_ignores() -> None:
    """It counts as started."""
    spec = SupervisorSpec(children=[child(ignores_in_time, name="a"), child(idle, name="b")])
    async with open_tree(spec) as supervisor:
        assert supervisor.children() == ("a", "b")
        assert not supervisor.child("b").ignored
        assert supervisor.child("a").ignored
        await supervisor.stop()


async def test_a_nested_supervisor_ignores_by_its_children_function() -> None:
    """OTP: init returns ignore."""

    async def none() -> list[smith.ChildSpec]:
        raise smith.Ignore

    async with open_supervisor() as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=none)
        assert supervisor.child("n").ignored
        with pytest.raises(smith.SupervisorStopped):
            nested.children()


async def test_ignore_at_a_restart_leaves_the_child_down(autojump_clock: MockClock) -> None:
    """No retry."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        started = await supervisor.start(starting(0.0, smith.Ignore, crash_after=1.0), name="a")
        assert isinstance(await started.wait_stopped(), smith.Crashed)
        assert not started.ignored
        assert started.state is Condition.DOWN
    assert tape.of("again", "ignored", "up") == ["up a", "again a: 1", "ignored a#2"]


async def test_ignore_after_ready_is_a_crash(autojump_clock: MockClock) -> None:
    """Like any other exception."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
            await supervisor.start(ignores, name="a")
    assert "end a: Ignore" in tape.lines


async def test_a_failed_restart_by_request_is_not_an_ignored_start() -> None:
    """It is down because it failed."""
    async with open_supervisor() as supervisor:
        await supervisor.start(starting(0.0, KeyError), name="a")
        await supervisor.stop_child("a")
        with pytest.raises(StartFailed):
            await supervisor.restart_child("a")
        assert not supervisor.child("a").ignored
