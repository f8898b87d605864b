"""A start that takes longer than its `start_timeout` has failed."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

from trio_smith.supervision import (
    Condition,
    Restart,
    RestartIntensityExceeded,
    StartFailed,
    StartTimeout,
    SupervisorSpec,
    child,
    open_supervisor,
)

from .stage import HOUR, Crash, Ready, Tape, starting, stubborn, telling


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
