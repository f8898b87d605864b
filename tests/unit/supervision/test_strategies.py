"""Strategies, the intensity and the retries of failing restarts, on real Trio tasks."""

# ruff: noqa: PT012 - a whole block is what raises here

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    Condition,
    Restart,
    RestartIntensityExceeded,
    Strategy,
    child,
    open_supervisor,
)

from .stage import Crash, Ready, Tape, crashing, polite, returning, settle, starting, stubborn, telling


async def idle() -> None:
    """Live on."""
    await trio.sleep_forever()


# Intensity ---------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_the_restart_after_the_last_allowed_one_is_fatal(autojump_clock: MockClock, limit: int) -> None:
    """Zero: the first needed restart."""
    tape = Tape()

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=limit, observe=tape) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.restarts == limit + 1
    assert len(tape.of("up")) == limit + 1
    assert tape.of("again") == [f"again a{f'#{n}' if n > 1 else ''}: {n}" for n in range(1, limit + 1)]


async def test_restarts_that_are_far_enough_apart_go_on_for_ever(autojump_clock: MockClock) -> None:
    """The window slides."""
    async with open_supervisor(max_restarts=1, within=5.0) as supervisor:
        await supervisor.start(crashing(*[5.5] * 20), name="a")
        await trio.sleep(200.0)
        assert supervisor.child("a").incarnation == 21
        await supervisor.stop()


async def test_children_that_die_normally_for_ever_exceed_the_intensity_without_failures(
    autojump_clock: MockClock,
) -> None:
    """A permanent child's return counts, but it is no failure."""
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=2) as supervisor:
            await supervisor.start(returning(0.1, 0.1, 0.1), restart=Restart.PERMANENT)
    assert caught.value.failures is None
    assert caught.value.__cause__ is None


async def test_the_one_who_exceeds_the_intensity_is_down_and_the_others_stop_in_reverse(
    autojump_clock: MockClock,
) -> None:
    """Each within its grace."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
            await supervisor.start(polite(1.0, tape, "a"), name="a")
            await supervisor.start(crashing(1.0), name="b")
            await supervisor.start(polite(2.0, tape, "c"), name="c")
            await settle()
            tape.take()
            await trio.sleep_forever()
    assert tape.lines == [
        "end b: Crash",
        "gave-up .: b, 1",
        "c asked at 1",
        "end c: stopped",
        "a asked at 3",
        "end a: stopped",
        "over .: shut down, RestartIntensityExceeded",
    ]


async def test_the_failures_that_are_kept_are_bounded(autojump_clock: MockClock) -> None:
    """They hold tracebacks, and those hold frames."""

    async def always() -> None:
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=500) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.failures is not None
    assert len(caught.value.failures.exceptions) == 8


async def test_a_crash_does_not_drag_the_crashes_before_it_along(autojump_clock: MockClock) -> None:
    """A new incarnation begins clean: no __context__ leads to the exception of the old one."""

    async def always() -> None:
        await trio.sleep(0.1)
        raise Crash

    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=5) as supervisor:
            await supervisor.start(always, name="a")
    assert caught.value.failures is not None
    assert all(failure.__context__ is None for failure in caught.value.failures.exceptions)


# Strategies --------------------------------------------------------------------------------


async def test_one_for_one_restarts_that_child_alone(autojump_clock: MockClock) -> None:
    """Nobody else is touched."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        for name in "ac":
            await supervisor.start(telling(tape, name), name=name)
        await supervisor.start(crashing(1.0), name="b")
        await settle()
        tape.take()
        await trio.sleep(2.0)
        assert tape.take() == ["end b: Crash", "again b: 1", "up b#2"]
        await supervisor.stop()


async def test_one_for_all_stops_in_reverse_each_in_its_grace_and_starts_in_order(
    autojump_clock: MockClock,
) -> None:
    """Strictly one after the other."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(polite(1.0, tape, "a"), name="a")
        await supervisor.start(crashing(1.0), name="b")
        await supervisor.start(polite(9.0, tape, "c"), name="c", grace=2.0)
        await settle()
        tape.take()
        await trio.sleep(10.0)
        assert tape.take() == [
            "end b: Crash",
            "again b: 1",
            "c asked at 1",
            "end c: killed",
            "a asked at 3",
            "end a: stopped",
            "up a#2",
            "up b#2",
            "up c#2",
        ]
        await supervisor.stop()


async def test_a_finished_transient_child_is_revived_by_one_for_all(autojump_clock: MockClock) -> None:
    """And so is one that was stopped by request."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(returning(1.0), name="finished")
        await supervisor.start(idle, name="stopped")
        await supervisor.start(idle, name="temporary", restart=Restart.TEMPORARY)
        await supervisor.start(crashing(5.0), name="bad")
        await supervisor.stop_child("stopped")
        await trio.sleep(10.0)
        assert supervisor.children() == ("finished", "stopped", "bad")
        assert {supervisor.child(name).state for name in supervisor.children()} == {Condition.RUNNING}
        await supervisor.stop()
    assert tape.of("up")[4:] == ["up finished#2", "up stopped#2", "up bad#2"]


async def test_rest_for_one_touches_those_after_the_failed_one(autojump_clock: MockClock) -> None:
    """Those before are not even revived."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.REST_FOR_ONE, observe=tape) as supervisor:
        await supervisor.start(returning(1.0), name="finished")
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(crashing(2.0), name="bad")
        await supervisor.start(telling(tape, "c"), name="c")
        await trio.sleep(1.5)
        tape.take()
        await trio.sleep(5.0)
        assert [line for line in tape.take() if line != "c begins"] == [
            "end bad: Crash",
            "again bad: 1",
            "c ends",
            "end c: stopped",
            "up bad#2",
            "up c#2",
        ]
        assert supervisor.child("finished").state is Condition.DOWN
        await supervisor.stop()


async def test_siblings_that_die_together_make_one_group_restart(autojump_clock: MockClock) -> None:
    """The deaths that had happened by the time of the group stop are absorbed."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, max_restarts=1, observe=tape) as supervisor:
        await supervisor.start(stubborn(1.0), name="slow")
        for name in "abc":
            await supervisor.start(crashing(1.0), name=name)
        await trio.sleep(5.0)
        assert len(tape.of("again")) == 1
        assert tape.of("up")[4:] == ["up slow#2", "up a#2", "up b#2", "up c#2"]
        await supervisor.stop()


async def test_a_sibling_may_end_in_any_way_when_it_is_stopped_by_a_group_restart(
    autojump_clock: MockClock,
) -> None:
    """Reported only."""
    tape = Tape()

    async def fails_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, max_restarts=1, observe=tape) as supervisor:
        await supervisor.start(fails_at_the_end, name="x")
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(5.0)
        assert tape.of("raised", "end") == ["end bad: Crash", "raised x: KeyError", "end x: stopped"]
        assert supervisor.child("x").state is Condition.RUNNING
        await supervisor.stop()


async def test_a_nested_supervisor_is_restarted_with_its_group(autojump_clock: MockClock) -> None:
    """With its initial children, in its place."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        nested = await supervisor.start_supervisor(name="n", children=[child(idle, name="x")])
        await nested.start(idle, name="added")
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(5.0)
        assert nested.children() == ("x",)
        await supervisor.stop()
    assert [line for line in tape.lines if line.split()[1].startswith("n#2")] == [
        "begin n#2",
        "up n#2",
        "over n#2: stopped",
    ]


async def test_a_restarted_child_lives_on_although_its_siblings_start_slowly(
    autojump_clock: MockClock,
) -> None:
    """The deadline of its own stop must not reach its next incarnation."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(starting(0.0, 30.0, crash_after=1.0), name="slow")
        await supervisor.start(polite(1.0), name="b", grace=5.0)
        await supervisor.start(polite(9.0), name="c", grace=5.0)
        await trio.sleep(100.0)
        assert tape.of("again", "end") == [
            "end slow: Crash",
            "again slow: 1",
            "end c: killed",
            "end b: stopped",
        ]
        await supervisor.stop()


async def test_a_crashed_actor_comes_back_although_its_siblings_stop_slowly(
    autojump_clock: MockClock,
) -> None:
    """The deadline of its clean-up must not reach its next incarnation."""
    from collections.abc import AsyncGenerator  # noqa: PLC0415
    from contextlib import asynccontextmanager  # noqa: PLC0415 - only here

    class Holds(smith.Actor[str]):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            yield

        @smith.on(str)
        async def handle(self, message: str) -> None:
            raise Crash

    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, observe=tape) as supervisor:
        await supervisor.start(stubborn(4.0), name="x", grace=1.0)
        await supervisor.start(stubborn(4.0), name="y", grace=1.0)
        ref = await supervisor.start(Holds, name="h", grace=2.0)
        await ref.tell("die")
        await trio.sleep(60.0)
        assert tape.of("again", "failed") == ["again h: 1"]
        await supervisor.stop()


# Retries -----------------------------------------------------------------------------------


async def test_a_child_that_never_starts_is_attempted_exactly_max_restarts_times(
    autojump_clock: MockClock,
) -> None:
    """Then the supervisor gives up, with the start errors as its failures."""
    tape = Tape()
    errors: list[type[BaseException]] = [KeyError] * 10
    with pytest.raises(RestartIntensityExceeded) as caught:
        async with open_supervisor(max_restarts=3, observe=tape) as supervisor:
            await supervisor.start(starting(0.0, *errors, crash_after=1.0), name="a")
    assert tape.of("failed") == [f"failed a#{n}: KeyError" for n in (2, 3, 4)]
    assert caught.value.failures is not None
    assert [type(error) for error in caught.value.failures.exceptions] == [
        Crash,
        KeyError,
        KeyError,
        KeyError,
    ]


async def test_between_the_attempts_requests_and_exits_are_served(autojump_clock: MockClock) -> None:
    """The retry goes through the supervisor's own queue."""
    tape = Tape()
    attempts = 0

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            await trio.sleep(1.0)
            raise KeyError
        task_status.started()
        await trio.sleep(1.0)
        raise Crash

    async with open_supervisor(max_restarts=100, within=1000.0, observe=tape) as supervisor:
        await supervisor.start(fails, name="a")
        await trio.sleep(3.5)
        assert (await supervisor.count_children()).specs == 1
        await supervisor.start(idle, name="b")
        assert trio.current_time() < 6.0
        assert supervisor.child("a").state is not Condition.DOWN
        await supervisor.stop_child("a")
        assert supervisor.child("a").state is Condition.DOWN
        tape.take()
        await trio.sleep(10.0)
        assert tape.take() == []
        await supervisor.stop()


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
async def test_in_a_group_the_first_child_that_fails_to_start_is_retried(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """rest_for_one leaves those before it running, one_for_all stops and starts everything."""
    tape = Tape()
    async with open_supervisor(strategy=strategy, max_restarts=5, observe=tape) as supervisor:
        await supervisor.start(crashing(1.0), name="a", restart=Restart.PERMANENT)
        await supervisor.start(starting(0.0, KeyError), name="b")
        await supervisor.start(idle, name="c")
        await settle()
        tape.take()
        await trio.sleep(5.0)
        middle = ["end a#2: stopped", "up a#3"] if strategy is Strategy.ONE_FOR_ALL else []
        assert tape.take() == [
            "end a: Crash",
            "again a: 1",
            "end c: stopped",
            "end b: stopped",
            "up a#2",
            "failed b#2: KeyError",
            "again b#2: 2",
            *middle,
            "up b#3",
            "up c#" + ("2"),
        ]
        await supervisor.stop()


async def test_stopping_the_child_that_is_retried_lets_those_who_waited_for_it_be_down(
    autojump_clock: MockClock,
) -> None:
    """The group start is over: they are down for good, and whoever waits for them hears it."""
    attempts = 0

    async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            await trio.sleep(1.0)
            raise KeyError
        task_status.started()
        await trio.sleep(1.0)
        raise Crash

    async with open_supervisor(strategy=Strategy.REST_FOR_ONE, max_restarts=100) as supervisor:
        await supervisor.start(fails, name="a")
        waiting = await supervisor.start(idle, name="b")
        await trio.sleep(3.5)
        await supervisor.stop_child("a")
        with trio.fail_after(1.0):
            assert await waiting.wait_stopped() == smith.Stopped()
        again = await supervisor.restart_child("b")
        assert isinstance(again, smith.Child)
        assert again.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_child_that_waited_for_a_retry_is_started_by_request(autojump_clock: MockClock) -> None:
    """Its old Trio task may not have taken its last step by then; Trio shuffles, so try often."""
    for _ in range(20):
        attempts = 0

        async def fails(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                await trio.sleep(1.0)
                raise KeyError
            task_status.started()
            await trio.sleep(1.0)
            raise Crash

        async with open_supervisor(strategy=Strategy.REST_FOR_ONE, max_restarts=100) as supervisor:
            await supervisor.start(fails, name="a")
            await supervisor.start(polite(0.0), name="b")
            await trio.sleep(2.5)
            await supervisor.stop_child("a")
            await supervisor.restart_child("b")
            await settle()
            assert supervisor.child("b").state is Condition.RUNNING
            await supervisor.stop_child("b")
            await supervisor.restart_child("b")
            await settle()
            assert supervisor.child("b").state is Condition.RUNNING
            assert supervisor.child("b").incarnation == 3
            await supervisor.stop()


async def test_a_nested_supervisor_whose_restart_fails_is_retried(autojump_clock: MockClock) -> None:
    """Its start failure is an attempt like any other."""
    tape = Tape()
    flaky = starting(0.0, KeyError, KeyError)
    async with open_supervisor(max_restarts=5, observe=tape) as supervisor:
        await supervisor.start_supervisor(
            name="n", max_restarts=0, children=[child(flaky, name="f"), child(crashing(1.0), name="bad")]
        )
        await trio.sleep(5.0)
        assert supervisor.child("n").incarnation == 4
        await supervisor.stop()
    assert tape.of("failed") == [
        "failed n/f: KeyError",
        "failed n#2: StartFailed",
        "failed n/f: KeyError",
        "failed n#3: StartFailed",
    ]


async def test_restarting_a_whole_group_costs_one_entry_however_slow_it_is(autojump_clock: MockClock) -> None:
    """Section 5: a group restart counts once."""

    def slow(tape: Tape, name: str) -> Callable[[], Awaitable[None]]:
        return stubborn(3.0, tape, name)

    tape = Tape()
    async with open_supervisor(
        strategy=Strategy.ONE_FOR_ALL, max_restarts=1, within=100.0, observe=tape
    ) as supervisor:
        for name in "abc":
            await supervisor.start(slow(tape, name), name=name)
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(50.0)
        assert supervisor.tree().restarts == 1
        await supervisor.stop()
