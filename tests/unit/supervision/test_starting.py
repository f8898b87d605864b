"""Starting: one after the other, ready or not, and what becomes of a start that fails."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    EndedBeforeReady,
    Restart,
    RestartIntensityExceeded,
    StartCancelled,
    StartFailed,
    StartTimeout,
    SupervisorSpec,
    child,
    open_supervisor,
    open_tree,
)

from .stage import HOUR, Crash, Ready, Tape, crashing, polite, settle, starting, stubborn, telling


async def idle() -> None:
    """Live on."""
    await trio.sleep_forever()


async def ignores() -> None:
    """Be ready at once, so this Ignore comes too late."""
    raise smith.Ignore


async def ignores_in_time(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
    """Ignore the start."""
    raise smith.Ignore


# Readiness ---------------------------------------------------------------------------------


async def test_a_plain_function_is_ready_when_its_task_exists() -> None:
    """start() returns before it has run a line, and what it does then is its own affair."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        started = await supervisor.start(telling(tape, "a"))
        assert started.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_function_that_takes_task_status_is_ready_when_it_says_so(autojump_clock: MockClock) -> None:
    """And may hand something out."""

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(3.0)
        task_status.started("a port")
        await trio.sleep(HOUR)

    async with open_supervisor() as supervisor:
        started = await supervisor.start(reports)
        assert trio.current_time() == 3.0
        assert started.value == "a port"
        await supervisor.stop()


async def test_the_next_child_begins_when_the_one_before_is_ready(autojump_clock: MockClock) -> None:
    """In list order, and the body after all of them."""
    tape = Tape()
    spec = SupervisorSpec(
        children=[child(starting(2.0), name="a"), child(starting(3.0), name="b"), child(idle, name="c")]
    )
    async with open_tree(spec, observe=tape) as supervisor:
        assert trio.current_time() == 5.0
        assert tape.lines == ["begin .", "up a", "up b", "up c"]
        await supervisor.stop()


async def test_the_arguments_go_to_every_incarnation(autojump_clock: MockClock) -> None:
    """As they were given."""
    seen: list[tuple[int, str]] = []

    async def takes(number: int, text: str) -> None:
        seen.append((number, text))
        if len(seen) < 3:
            raise Crash

    async with open_supervisor() as supervisor:
        await supervisor.start(takes, 1, "x")
    assert seen == [(1, "x")] * 3


async def test_reporting_twice_is_refused(autojump_clock: MockClock) -> None:
    """As Trio does; the child dies of it unless it catches it."""
    caught: list[str] = []

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        try:
            task_status.started()
        except RuntimeError as error:
            caught.append(str(error))

    async with open_supervisor() as supervisor:
        await supervisor.start(reports)
    assert caught
    assert "started() was called twice" in caught[0]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_report_by_an_incarnation_that_has_ended_is_refused(
    autojump_clock: MockClock, *, restarted: bool
) -> None:
    """Whoever kept its task_status cannot make a child ready that is not there."""
    kept: list[Ready] = []
    fails = iter([False, True, True, False])

    async def reports(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        if next(fails, False):
            raise Crash
        task_status.started()
        await trio.sleep_forever()

    async with open_supervisor() as supervisor:
        await supervisor.start(reports, name="a")
        await supervisor.stop_child("a")
        with pytest.raises(StartFailed):
            await supervisor.restart_child("a")
        with pytest.raises(StartFailed):
            await supervisor.restart_child("a")
        if restarted:
            await supervisor.restart_child("a")
        for status in kept:
            with pytest.raises(RuntimeError, match=r"an incarnation that has ended|called twice"):
                status.started()
        assert (await supervisor.count_children()).active == restarted
        await supervisor.stop()


async def test_a_late_report_does_not_end_the_start_of_the_next_incarnation(
    autojump_clock: MockClock,
) -> None:
    """It is the new one that has to report."""
    kept: list[Ready] = []

    async def slow(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        if len(kept) > 1:
            await trio.sleep(5.0)
        task_status.started()
        await trio.sleep(1.0)
        raise Crash

    async with open_supervisor() as supervisor:
        started = await supervisor.start(slow, name="a")
        await trio.sleep(2.0)
        assert started.state is Condition.STARTING
        with pytest.raises(RuntimeError):
            kept[0].started()
        assert started.state is Condition.STARTING
        await supervisor.stop()


async def test_a_late_report_does_not_end_the_start_of_another_child(autojump_clock: MockClock) -> None:
    """It is somebody else who is being started now."""
    kept: list[Ready] = []

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        kept.append(task_status)
        raise Crash

    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        with pytest.raises(StartFailed):
            await supervisor.start(fails)
        nursery.start_soon(supervisor.start, starting(5.0))
        await trio.sleep(1.0)
        with pytest.raises(RuntimeError):
            kept[0].started()
        await trio.sleep(1.0)
        assert supervisor.child(supervisor.children()[0]).state is Condition.STARTING
        await supervisor.stop()


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


# start_timeout -----------------------------------------------------------------------------


async def test_a_start_that_takes_too_long_is_a_failed_one(autojump_clock: MockClock) -> None:
    """Its scope is cancelled."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(starting(HOUR), name="a", start_timeout=2.0)
        assert trio.current_time() == 2.0
        assert isinstance(caught.value.__cause__, StartTimeout)
        assert caught.value.__cause__.seconds == 2.0
    assert "failed a: StartTimeout" in tape.lines


async def test_a_child_that_was_ready_in_time_is_not_hurried(autojump_clock: MockClock) -> None:
    """Its deadline goes with the report, at the last moment too; also if it is ready at once."""
    async with open_supervisor() as supervisor:
        await supervisor.start(starting(1.99, crash_after=HOUR), start_timeout=2.0)
        await supervisor.start(trio.sleep, HOUR / 2, start_timeout=2.0)
        await trio.sleep(10.0)
        assert (await supervisor.count_children()).active == 2
        await supervisor.stop()


async def test_every_restart_has_the_time_anew(autojump_clock: MockClock) -> None:
    """And fails by it alone."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=2, within=100.0, observe=tape) as supervisor:
            await supervisor.start(
                starting(1.0, HOUR, 1.5, crash_after=10.0),
                name="a",
                start_timeout=2.0,
                restart=Restart.PERMANENT,
            )
            await trio.sleep(20.0)
            tape.say(f"still there: {supervisor.child('a').state.value}")
            raise_again = supervisor.child("a")
            await raise_again.stop()
            await supervisor.start(
                starting(0.0, HOUR, HOUR, HOUR, crash_after=1.0), name="b", start_timeout=2.0
            )
    assert tape.of("failed", "still")[:2] == ["failed a#2: StartTimeout", "still there: running"]


async def test_a_child_that_turns_the_timeout_into_another_error_fails_by_that(
    autojump_clock: MockClock,
) -> None:
    """The more precise reason."""

    async def turns(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(turns, start_timeout=1.0)
        assert isinstance(caught.value.__cause__, KeyError)


async def test_a_child_that_swallows_the_timeout_and_reports_all_the_same_is_not_taken_for_ready(
    autojump_clock: MockClock,
) -> None:
    """Its scope is cancelled: it could not live on."""

    async def swallows(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(3.0)
        task_status.started()
        await trio.sleep_forever()

    async with open_supervisor(max_restarts=0) as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(swallows, start_timeout=1.0)
        assert isinstance(caught.value.__cause__, StartTimeout)


async def test_the_timeout_of_a_nested_supervisor_takes_in_its_children(autojump_clock: MockClock) -> None:
    """All of them have to be ready; those that are started are stopped."""
    tape = Tape()
    nested = SupervisorSpec(
        name="n", children=[child(telling(tape, "a"), name="a"), child(starting(HOUR), name="b")]
    )
    async with open_supervisor() as supervisor:
        with pytest.raises(StartFailed) as caught:
            await supervisor.start(child(nested, start_timeout=2.0))
        assert caught.value.path == ("n",)
        assert isinstance(caught.value.__cause__, StartTimeout)
        assert tape.lines == ["a begins", "a ends"]
        assert trio.current_time() == 2.0


async def test_a_timeout_that_passes_while_the_child_waits_for_its_next_attempt_does_no_harm(
    autojump_clock: MockClock,
) -> None:
    """The attempt is over; the supervisor is busy with somebody else."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor, trio.open_nursery() as nursery:
        await supervisor.start(stubborn(10.0), name="slow", grace=60.0)
        outcomes: list[float | type[BaseException]] = [0.0]

        async def fails_after_one(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
            if len(outcomes) == 1:
                outcomes.append(1.0)
                task_status.started()
                await trio.sleep(1.0)
                raise Crash
            if len(outcomes) == 2:
                outcomes.append(2.0)
                await trio.sleep(1.0)
                raise KeyError
            await trio.sleep(1.0)
            task_status.started()
            await trio.sleep_forever()

        await supervisor.start(fails_after_one, name="x", start_timeout=5.0)
        await trio.sleep(1.5)  # its first restart is under way, and fails at 2
        nursery.start_soon(supervisor.stop_child, "slow")
        await trio.sleep(30.0)
        assert supervisor.child("x").state is Condition.RUNNING
        assert tape.of("failed") == ["failed x#2: KeyError"]
        await supervisor.stop()


# Overtaken and withdrawn starts ------------------------------------------------------------


async def test_stop_cancels_a_start_in_progress(autojump_clock: MockClock) -> None:
    """Whoever asked for it is told that the supervisor stops."""
    tape = Tape()
    async with trio.open_nursery() as nursery, open_supervisor(observe=tape) as supervisor:

        async def asks() -> None:
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(starting(HOUR), name="a")
            tape.say("told")

        nursery.start_soon(asks)
        await trio.sleep(1.0)
        await supervisor.stop()
    assert sorted(tape.lines) == ["begin .", "failed a: StartCancelled", "over .: stopped", "told"]
    assert trio.current_time() == 1.0


async def test_a_begun_start_goes_on_when_its_caller_is_cancelled(autojump_clock: MockClock) -> None:
    """The child is found by its name."""
    async with open_supervisor() as supervisor:
        with trio.move_on_after(1.0) as scope:
            await supervisor.start(starting(3.0), name="a")
        assert scope.cancelled_caught
        assert supervisor.child("a").state is Condition.STARTING
        await trio.sleep(5.0)
        assert supervisor.child("a").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_start_that_waits_is_withdrawn_with_its_caller(autojump_clock: MockClock) -> None:
    """It never happens."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(3.0))
        await trio.sleep(1.0)
        with trio.move_on_after(1.0):
            await supervisor.start(telling(Tape(), "b"), name="b")
        await trio.sleep(5.0)
        assert "b" not in supervisor.children()
        await supervisor.stop()


async def test_those_who_wait_for_a_child_whose_restart_is_overtaken_hear_of_its_end(
    autojump_clock: MockClock,
) -> None:
    """Nobody waits for ever."""
    async with trio.open_nursery() as nursery, open_supervisor() as supervisor:
        started = await supervisor.start(starting(0.0, HOUR, crash_after=1.0))

        async def waits() -> None:
            assert isinstance(await started.wait_stopped(), smith.Crashed)

        nursery.start_soon(waits)
        await trio.sleep(5.0)
        assert started.state is Condition.STARTING
        await supervisor.stop()


async def test_a_child_that_cannot_be_cancelled_in_its_start_is_waited_for(autojump_clock: MockClock) -> None:
    """And told of its being cancelled when it reports after all."""

    async def deaf(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(10.0)
        task_status.started()
        await trio.sleep_forever()

    tape = Tape()
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(deaf, name="a")
    assert trio.current_time() == 10.0
    assert tape.lines[-2:] in (["end a: stopped", "over .: stopped"], ["end a: killed", "over .: stopped"])


# Names -------------------------------------------------------------------------------------


async def test_children_without_a_name_get_one_that_is_free() -> None:
    """Those that are given are never taken, wherever they stand in the list."""
    spec = SupervisorSpec(
        children=[
            child(idle),
            child(idle, name="idle-2"),
            child(idle),
            child(SupervisorSpec()),
            child(idle, name="idle-1"),
        ]
    )
    async with open_tree(spec) as supervisor:
        assert len(supervisor.children()) == 5
        assert {"idle-1", "idle-2"} <= set(supervisor.children())
        started = await supervisor.start(idle)
        assert started.id in supervisor.children()
        assert len(supervisor.children()) == 6
        await supervisor.stop()


async def test_a_nameless_start_never_meets_a_name_that_waits_in_the_queue(autojump_clock: MockClock) -> None:
    """Its name is chosen when its turn comes."""
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start, starting(1.0))
        await settle()

        async def named() -> None:
            await supervisor.start(idle, name="idle-2")

        nursery.start_soon(named)
        await settle()
        started = await supervisor.start(idle)
        assert started.id != "idle-2"
        assert len(supervisor.children()) == 3
        await supervisor.stop()


async def test_crashing_children_of_a_tree_are_found_while_they_restart(autojump_clock: MockClock) -> None:
    """A child that is being restarted keeps its place and its name."""
    async with open_supervisor(backoff=smith.Backoff(initial=5.0, jitter=0.0)) as supervisor:
        await supervisor.start(crashing(1.0), name="a")
        await supervisor.start(idle, name="b")
        await trio.sleep(2.0)
        assert supervisor.children() == ("a", "b")
        assert supervisor.child("a").state is Condition.RESTARTING
        await supervisor.stop()


async def test_the_error_of_a_cancelled_start_names_the_child() -> None:
    """For the observers."""
    assert "n/a" in str(StartCancelled(child="n/a"))
