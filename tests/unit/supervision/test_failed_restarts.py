"""What ``failures=`` says about a restart whose start has failed: the same as about a crash."""

# ruff: noqa: PT012 - a whole block is what raises here

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    AutoShutdown,
    Condition,
    Decision,
    Escalated,
    Intensity,
    Restart,
    RestartIntensityExceeded,
    StartFailed,
    StartTimeout,
    Strategy,
    child,
    open_pool,
    open_supervisor,
)

from .stage import HOUR, Tape, crashing, starting

TABLE: dict[type[BaseException], Decision] = {
    PermissionError: Decision.ESCALATE,
    OSError: Decision.RESTART,
    ValueError: Decision.STOP,
}
GROUPS = [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


async def test_an_escalation_gives_up_without_a_retry(autojump_clock: MockClock) -> None:
    """Trying again would not help."""
    tape = Tape()
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=TABLE, observe=tape) as supervisor:
            await supervisor.start(starting(0.0, PermissionError, crash_after=1.0), name="a")
            await trio.sleep_forever()
    assert isinstance(caught.value.failure, PermissionError)
    assert tape.of("again", "failed", "gave-up") == [
        "again a: 1",
        "failed a#2: PermissionError",
        "gave-up .: a, 0",
    ]


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
async def test_a_stop_leaves_the_child_down(autojump_clock: MockClock, restart: Restart) -> None:
    """As if it had finished: spec and place are kept, and whoever waits for its end hears of it."""
    async with open_supervisor(failures=TABLE) as supervisor:
        started = await supervisor.start(
            starting(0.0, ValueError, crash_after=1.0), name="a", restart=restart
        )
        await started.wait_stopped()
        assert started.state is Condition.DOWN
        assert supervisor.children() == ("a",)
        await supervisor.restart_child("a")
        assert supervisor.child("a").incarnation == 3
        await supervisor.stop()


async def test_what_is_to_be_restarted_is_tried_again(autojump_clock: MockClock) -> None:
    """Also what the table does not know."""
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(failures=TABLE) as supervisor:
            await supervisor.start(starting(0.0, FileNotFoundError, *[KeyError] * 9, crash_after=1.0))
            await trio.sleep_forever()


async def test_a_start_that_takes_too_long_can_be_decided_upon(autojump_clock: MockClock) -> None:
    """By the type of its error."""
    async with open_supervisor(failures={StartTimeout: Decision.STOP}) as supervisor:
        started = await supervisor.start(starting(0.0, HOUR, crash_after=1.0), name="a", start_timeout=2.0)
        await started.wait_stopped()
        assert trio.current_time() == 3.0


async def test_a_start_by_request_is_not_decided_upon(autojump_clock: MockClock) -> None:
    """It raises for whoever asked, and that is all."""
    async with open_supervisor(failures=TABLE) as supervisor:
        with pytest.raises(StartFailed):
            await supervisor.start(starting(PermissionError), name="a")
        assert supervisor.children() == ()


@pytest.mark.parametrize("strategy", GROUPS)
async def test_the_rest_of_a_group_goes_on_without_a_child_that_is_left_down(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """They wait for no retry."""
    tape = Tape()
    async with open_supervisor(strategy=strategy, failures=TABLE, observe=tape) as supervisor:
        await supervisor.start(crashing(1.0), name="a")
        left = await supervisor.start(starting(0.0, ValueError), name="b")
        last = await supervisor.start(starting(), name="c")
        await trio.sleep(2.0)
        assert left.state is Condition.DOWN
        assert last.state is Condition.RUNNING
        tape.say("stop")
        await supervisor.stop()
    assert tape.of("again", "failed") == ["again a: 1", "failed b#2: ValueError"]


@pytest.mark.parametrize("strategy", GROUPS)
async def test_an_escalation_in_a_group_ends_it(autojump_clock: MockClock, strategy: Strategy) -> None:
    """Those that were stopped for the restart are down for good, and the others are stopped."""
    tape = Tape()
    with pytest.raises(Escalated):
        async with open_supervisor(strategy=strategy, failures=TABLE, observe=tape) as supervisor:
            await supervisor.start(crashing(1.0), name="a")
            await supervisor.start(starting(0.0, PermissionError), name="b")
            last = await supervisor.start(starting(), name="c")
            assert await last.wait_stopped() == smith.Stopped()
    assert tape.lines[-5:] == [
        "up a#2",
        "failed b#2: PermissionError",
        "gave-up .: b, 0",
        "end a#2: stopped",
        "over .: shut down, Escalated",
    ]


@pytest.mark.parametrize("policy", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT])
async def test_a_significant_child_that_is_left_down_may_shut_down(
    autojump_clock: MockClock, policy: AutoShutdown
) -> None:
    """Its end leads to no restart."""
    tape = Tape()
    async with open_supervisor(failures=TABLE, auto_shutdown=policy, observe=tape) as supervisor:
        await supervisor.start(
            starting(0.0, ValueError, crash_after=1.0),
            name="a",
            restart=Restart.TRANSIENT,
            significant=True,
        )
        await trio.sleep_forever()
    assert tape.lines[-1] == "over .: shut down, SignificantEnded"


async def test_a_significant_sibling_whose_turn_comes_keeps_the_supervisor_up(
    autojump_clock: MockClock,
) -> None:
    """It is down only because its turn has not come yet."""
    async with open_supervisor(
        strategy=Strategy.ONE_FOR_ALL, failures=TABLE, auto_shutdown=AutoShutdown.ALL_SIGNIFICANT
    ) as supervisor:
        await supervisor.start(
            starting(0.0, ValueError, crash_after=1.0),
            name="a",
            restart=Restart.TRANSIENT,
            significant=True,
        )
        last = await supervisor.start(starting(), name="b", restart=Restart.TRANSIENT, significant=True)
        await trio.sleep(5.0)
        assert last.state is Condition.RUNNING
        await supervisor.stop()


# Quarantine --------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT])
async def test_the_last_significant_child_in_quarantine_shuts_down(
    autojump_clock: MockClock, policy: AutoShutdown
) -> None:
    """Its end leads to no restart; without it the supervisor has no reason to be."""
    tape = Tape()
    async with open_supervisor(auto_shutdown=policy, observe=tape) as supervisor:
        await supervisor.start(trio.sleep_forever, name="x")
        await supervisor.start(
            crashing(1.0),
            name="bad",
            restart=Restart.TRANSIENT,
            significant=True,
            quarantine=Intensity(max_restarts=0),
        )
        await trio.sleep_forever()
    assert tape.lines[-3:] == [
        "quarantine bad: 1",
        "end x: stopped",
        "over .: shut down, SignificantEnded",
    ]


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ONE, *GROUPS])
async def test_another_significant_child_keeps_the_supervisor_up(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """Also one that was stopped for the restart that never came."""
    async with open_supervisor(strategy=strategy, auto_shutdown=AutoShutdown.ALL_SIGNIFICANT) as supervisor:
        bad = await supervisor.start(
            starting(0.0, *[KeyError] * 5, crash_after=1.0),
            name="bad",
            restart=Restart.TRANSIENT,
            significant=True,
            quarantine=Intensity(max_restarts=2),
        )
        other = await supervisor.start(starting(), name="other", restart=Restart.TRANSIENT, significant=True)
        await trio.sleep(5.0)
        assert bad.state is Condition.QUARANTINED
        assert other.state is Condition.RUNNING
        await supervisor.stop()


async def test_an_insignificant_child_in_quarantine_changes_nothing(autojump_clock: MockClock) -> None:
    """The check is for significant ends alone."""
    async with open_supervisor(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT) as supervisor:
        bad = await supervisor.start(crashing(1.0), name="bad", quarantine=Intensity(max_restarts=0))
        await supervisor.start(trio.sleep_forever, name="x")
        await trio.sleep(5.0)
        assert bad.state is Condition.QUARANTINED
        await supervisor.stop()


# Pools -------------------------------------------------------------------------------------


async def crashes(error: BaseException) -> None:
    """Raise *error*."""
    await trio.sleep(1.0)
    raise error


async def test_a_pool_decides_by_the_type_of_the_failure_too(autojump_clock: MockClock) -> None:
    """An instance that is not restarted leaves nothing behind."""
    with pytest.raises(Escalated):
        async with open_pool(child(crashes), failures=TABLE) as pool:
            await pool.start(ValueError())
            await trio.sleep(2.0)
            assert pool.children() == ()
            await pool.start(PermissionError())
            await trio.sleep_forever()


async def test_a_nested_pool_decides_by_the_type_of_the_failure_too(autojump_clock: MockClock) -> None:
    """As one that is opened."""
    async with open_supervisor() as supervisor:
        pool = await supervisor.start_pool(child(crashes), failures=TABLE)
        await pool.start(ValueError())
        await trio.sleep(2.0)
        assert pool.children() == ()
        assert pool.tree().restarts == 0
        await supervisor.stop()
