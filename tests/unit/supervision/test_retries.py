"""A restart whose start fails is tried again through the queue, on real Trio tasks."""

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

from .stage import Crash, Ready, Tape, crashing, idle, polite, settle, starting, stubborn


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
