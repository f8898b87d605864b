"""What is added to OTP and off unless asked for: backoff, decisions by type, quarantine."""

# ruff: noqa: PT012 - a whole block is what raises here

from collections.abc import Awaitable, Callable
from random import Random

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import (
    UNLIMITED,
    AutoShutdown,
    ChildRunning,
    Condition,
    Decision,
    Escalated,
    Intensity,
    Restart,
    RestartIntensityExceeded,
    StartFailed,
    Strategy,
    child,
    open_supervisor,
)
from trio_smith.telemetry import RestartScheduled

from .stage import HOUR, Crash, Tape, crashing, idle, settle, starting, telling

STEADY = smith.Backoff(initial=1.0, factor=2.0, maximum=10.0, jitter=0.0, healthy_after=100.0)


def raising(*errors: BaseException) -> Callable[[], Awaitable[None]]:
    """Return a child that raises these, one an incarnation, a second after each start."""
    left = list(errors)

    async def raises() -> None:
        if left:
            await trio.sleep(1.0)
            raise left.pop(0)
        await trio.sleep_forever()

    return raises


# Backoff -----------------------------------------------------------------------------------


async def test_the_delays_grow_up_to_their_maximum(autojump_clock: MockClock) -> None:
    """1, 2, 4, 8, 10, 10; shown in the events."""
    delays: list[float] = []
    async with open_supervisor(
        max_restarts=UNLIMITED,
        backoff=STEADY,
        observe=lambda event: delays.append(event.delay) if isinstance(event, RestartScheduled) else None,
    ) as supervisor:
        await supervisor.start(crashing(*[0.0] * 6), name="a")
        await trio.sleep(HOUR)
        await supervisor.stop()
    assert delays == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


async def test_the_delays_are_spread_by_the_chance_that_was_given(autojump_clock: MockClock) -> None:
    """One seed, one history."""

    async def run(seed: int) -> list[float]:
        delays: list[float] = []
        backoff = smith.Backoff(initial=1.0, jitter=0.5)
        async with open_supervisor(
            max_restarts=9,
            backoff=backoff,
            random=Random(seed),
            observe=lambda event: delays.append(event.delay) if isinstance(event, RestartScheduled) else None,
        ) as supervisor:
            await supervisor.start(crashing(*[0.0] * 5), name="a")
            await trio.sleep(HOUR)
            await supervisor.stop()
        return delays

    random = Random(7)
    expected = [smith.Backoff(initial=1.0, jitter=0.5).delay(attempt, random) for attempt in range(1, 6)]
    assert await run(7) == await run(7) == expected
    assert await run(8) != expected


async def test_the_child_is_restarting_while_it_waits_and_the_supervisor_serves(
    autojump_clock: MockClock,
) -> None:
    """The supervisor stays responsive."""
    async with open_supervisor(backoff=STEADY) as supervisor:
        started = await supervisor.start(crashing(1.0), name="a")
        await trio.sleep(1.5)
        assert started.state is Condition.RESTARTING
        await supervisor.start(idle, name="b")
        await supervisor.stop_child("b")
        assert (await supervisor.count_children()).active == 0
        assert trio.current_time() == 1.5
        await trio.sleep(1.0)
        assert started.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_group_is_stopped_first_then_waits_then_starts(autojump_clock: MockClock) -> None:
    """Section 11."""
    tape = Tape()
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL, backoff=STEADY, observe=tape) as supervisor:
        await supervisor.start(telling(tape, "a"), name="a")
        await supervisor.start(crashing(1.0), name="b")
        await settle()
        tape.take()
        await trio.sleep(1.5)
        assert tape.take() == ["end b: Crash", "again b: 1 in 1", "a ends", "end a: stopped"]
        assert supervisor.child("a").state is Condition.DOWN
        await trio.sleep(1.0)
        assert tape.take() == ["up a#2", "up b#2", "a begins"]
        await supervisor.stop()


async def test_only_restarts_since_the_last_healthy_spell_count(autojump_clock: MockClock) -> None:
    """However close together the others were."""
    tape = Tape()
    healthy = smith.Backoff(initial=1.0, jitter=0.0, healthy_after=10.0)
    with pytest.raises(RestartIntensityExceeded, match="without a healthy spell") as caught:
        async with open_supervisor(max_restarts=2, backoff=healthy, observe=tape) as supervisor:
            await supervisor.start(crashing(1.0, 1.0, 10.0, 1.0, 9.9, 1.0), name="a")
    assert [line.split(": ")[1] for line in tape.of("again")] == ["1 in 1", "2 in 2", "1 in 1", "2 in 2"]
    assert caught.value.restarts == 3
    assert caught.value.within == float("inf")


async def test_each_child_has_attempts_of_its_own(autojump_clock: MockClock) -> None:
    """With a backoff nothing is shared."""
    async with open_supervisor(max_restarts=2, backoff=STEADY) as supervisor:
        for name in "abc":
            await supervisor.start(crashing(1.0, 1.0), name=name)
        await trio.sleep(30.0)
        assert [supervisor.child(name).incarnation for name in "abc"] == [3, 3, 3]
        await supervisor.stop()


async def test_a_start_that_fails_waits_longer_each_time(autojump_clock: MockClock) -> None:
    """It is a restart like any other; its own length is no healthy spell."""
    tape = Tape()
    with pytest.raises(RestartIntensityExceeded):
        async with open_supervisor(max_restarts=3, backoff=STEADY, observe=tape) as supervisor:
            await supervisor.start(starting(0.0, *[KeyError] * 5, crash_after=1.0), name="a")
    assert [line.split(": ")[1] for line in tape.of("again")] == ["1 in 1", "2 in 2", "3 in 4"]
    assert trio.current_time() == 1.0 + 1.0 + 2.0 + 4.0


async def test_a_stop_does_not_wait_for_a_backoff(autojump_clock: MockClock) -> None:
    """Nothing runs that could be stopped."""
    slow = smith.Backoff(initial=HOUR, maximum=HOUR, jitter=0.0)
    async with open_supervisor(backoff=slow) as supervisor:
        started = await supervisor.start(crashing(1.0), name="a")
        await trio.sleep(2.0)
        await supervisor.stop()
    assert trio.current_time() == 2.0
    assert isinstance(await started.wait_stopped(), smith.Crashed)


async def test_a_nested_supervisor_waits_before_it_is_restarted_too(autojump_clock: MockClock) -> None:
    """Its handle serves nobody meanwhile."""
    async with open_supervisor(backoff=STEADY) as supervisor:
        nested = await supervisor.start_supervisor(
            name="n", max_restarts=0, children=[child(crashing(1.0), name="c")]
        )
        await trio.sleep(1.5)
        with pytest.raises(smith.SupervisorStopped):
            nested.children()
        await trio.sleep(1.0)
        assert nested.children() == ("c",)
        await supervisor.stop()


# Decisions by exception type ---------------------------------------------------------------

TABLE: dict[type[BaseException], Decision] = {
    PermissionError: Decision.ESCALATE,
    OSError: Decision.RESTART,
    ValueError: Decision.STOP,
}


async def test_an_escalation_gives_up_at_once_and_comes_out_bare(autojump_clock: MockClock) -> None:
    """However many restarts are left; the cause is attached."""
    tape, error = Tape(), PermissionError("no")
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=TABLE, observe=tape, name="s") as supervisor:
            await supervisor.start(telling(tape, "x"), name="x")
            await supervisor.start(raising(error), name="a", restart=Restart.TEMPORARY)
            await trio.sleep_forever()
    assert caught.value.__cause__ is error
    assert (caught.value.supervisor, caught.value.child, caught.value.failure) == ("s", "a", error)
    assert tape.of("gave-up", "again") == ["gave-up .: a, 0"]


@pytest.mark.parametrize("restart", [Restart.PERMANENT, Restart.TRANSIENT])
async def test_a_crash_that_stops_the_child_counts_as_finishing(
    autojump_clock: MockClock, restart: Restart
) -> None:
    """Spec and place are kept."""
    async with open_supervisor(failures=TABLE) as supervisor:
        started = await supervisor.start(raising(ValueError()), name="a", restart=restart)
        assert isinstance(await started.wait_stopped(), smith.Crashed)
        assert started.state is Condition.DOWN
        assert supervisor.children() == ("a",)
        assert supervisor.tree().restarts == 0


async def test_what_is_to_be_restarted_is_and_the_table_goes_by_isinstance(autojump_clock: MockClock) -> None:
    """FileNotFoundError is an OSError; what the table does not know is restarted as ever."""
    async with open_supervisor(failures=TABLE) as supervisor:
        started = await supervisor.start(raising(FileNotFoundError(), KeyError()), name="a")
        await trio.sleep(5.0)
        assert started.state is Condition.RUNNING
        assert supervisor.child("a").incarnation == 3
        await supervisor.stop()


async def test_of_a_group_the_most_severe_leaf_decides(autojump_clock: MockClock) -> None:
    """Escalate before stop before restart, at any depth."""
    stop = ExceptionGroup("g", [OSError(), ExceptionGroup("h", [ValueError()])])
    escalate = ExceptionGroup("g", [OSError(), ValueError(), ExceptionGroup("h", [PermissionError()])])
    async with open_supervisor(failures=TABLE) as supervisor:
        started = await supervisor.start(raising(stop), name="a")
        await started.wait_stopped()
        assert started.state is Condition.DOWN
    with pytest.raises(Escalated) as caught:
        async with open_supervisor(failures=TABLE) as supervisor:
            await supervisor.start(raising(escalate), name="a")
    assert caught.value.failure is escalate


async def test_a_restart_that_is_decided_upon_still_asks_the_restart_kind(autojump_clock: MockClock) -> None:
    """A temporary child is never restarted."""
    async with open_supervisor(failures={Crash: Decision.RESTART}) as supervisor:
        await supervisor.start(crashing(1.0), name="a", restart=Restart.TEMPORARY)
        await trio.sleep(2.0)
        assert supervisor.children() == ()


async def test_a_crash_that_stops_a_significant_child_may_shut_down(autojump_clock: MockClock) -> None:
    """It counts as finishing."""
    tape = Tape()
    async with open_supervisor(
        failures=TABLE, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, observe=tape
    ) as supervisor:
        await supervisor.start(raising(ValueError()), name="a", restart=Restart.TRANSIENT, significant=True)
        await trio.sleep_forever()
    assert tape.lines[-1] == "over .: shut down, SignificantEnded"


async def test_a_nested_escalation_is_normal_like_for_the_parent(autojump_clock: MockClock) -> None:
    """As any give-up."""
    async with open_supervisor() as supervisor:
        await supervisor.start_supervisor(
            name="n",
            failures=TABLE,
            children=[child(raising(PermissionError()), name="a")],
            restart=Restart.TRANSIENT,
        )
        reason = await supervisor.child("n").wait_stopped()
        assert isinstance(reason, smith.ShutDown)
        assert isinstance(reason.why, Escalated)


# Quarantine --------------------------------------------------------------------------------


async def test_a_child_is_set_aside_instead_of_felling_its_siblings(autojump_clock: MockClock) -> None:
    """Visible in the tree; the supervisor's own intensity counts nothing of it."""
    tape = Tape()
    async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
        await supervisor.start(idle, name="x")
        bad = await supervisor.start(
            crashing(1.0, 1.0, 1.0), name="bad", quarantine=Intensity(max_restarts=2, within=10.0)
        )
        await trio.sleep(10.0)
        assert bad.state is Condition.QUARANTINED
        assert isinstance(await bad.wait_stopped(), smith.Crashed)
        assert supervisor.child("x").state is Condition.RUNNING
        assert "bad  [function" in str(supervisor.tree())
        assert "quarantined" in str(supervisor.tree())
        assert (await supervisor.count_children()).active == 1
        await supervisor.stop()
    assert tape.of("quarantine", "again") == ["again bad: 1", "again bad#2: 2", "quarantine bad#3: 3"]


async def test_its_own_intensity_slides_too(autojump_clock: MockClock) -> None:
    """Restarts that are far enough apart are forgotten."""
    async with open_supervisor(max_restarts=0) as supervisor:
        bad = await supervisor.start(
            crashing(*[5.5] * 10), name="bad", quarantine=Intensity(max_restarts=1, within=5.0)
        )
        await trio.sleep(100.0)
        assert bad.state is Condition.RUNNING
        await supervisor.stop()


async def test_a_release_starts_it_again_with_a_fresh_intensity(autojump_clock: MockClock) -> None:
    """And one that fails leaves it set aside."""
    async with open_supervisor() as supervisor:
        bad = await supervisor.start(
            starting(0.0, KeyError, 0.0, crash_after=1.0), name="bad", quarantine=Intensity(max_restarts=0)
        )
        await bad.wait_stopped()
        with pytest.raises(StartFailed):
            await supervisor.release_child("bad")
        assert bad.state is Condition.QUARANTINED
        released = await supervisor.release_child("bad")
        assert released == bad
        assert bad.state is Condition.RUNNING
        with pytest.raises((smith.NotQuarantined, ChildRunning)):
            await supervisor.release_child("bad")
        await supervisor.stop()


@pytest.mark.parametrize("how", ["restart", "stop", "delete"])
async def test_a_child_in_quarantine_can_be_restarted_stopped_and_deleted(
    autojump_clock: MockClock, how: str
) -> None:
    """It is down."""
    async with open_supervisor() as supervisor:
        bad = await supervisor.start(crashing(1.0), name="bad", quarantine=Intensity(max_restarts=0))
        await bad.wait_stopped()
        match how:
            case "restart":
                await supervisor.restart_child("bad")
                assert bad.state is Condition.RUNNING
            case "stop":
                await supervisor.stop_child("bad")
                assert bad.state is Condition.DOWN
            case _:
                await supervisor.delete_child("bad")
                assert supervisor.children() == ()
        await supervisor.stop()


async def test_a_group_restart_does_not_release_it(autojump_clock: MockClock) -> None:
    """Only a request does."""
    async with open_supervisor(strategy=Strategy.ONE_FOR_ALL) as supervisor:
        bad = await supervisor.start(crashing(1.0), name="bad", quarantine=Intensity(max_restarts=0))
        other = await supervisor.start(crashing(2.0), name="other")
        await trio.sleep(5.0)
        assert bad.state is Condition.QUARANTINED
        assert other.state is Condition.RUNNING
        assert supervisor.child("other").incarnation == 2
        await supervisor.stop()


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
async def test_the_group_of_a_child_that_is_set_aside_goes_on_without_it(
    autojump_clock: MockClock, strategy: Strategy
) -> None:
    """They were stopped for its restart, which never came."""
    async with open_supervisor(strategy=strategy) as supervisor:
        bad = await supervisor.start(
            starting(0.0, *[KeyError] * 5, crash_after=1.0), name="bad", quarantine=Intensity(max_restarts=2)
        )
        other = await supervisor.start(idle, name="other")
        await trio.sleep(5.0)
        assert bad.state is Condition.QUARANTINED
        assert other.state is Condition.RUNNING
        assert supervisor.child("other").incarnation == 2
        await supervisor.stop()


async def test_quarantine_and_backoff_go_together(autojump_clock: MockClock) -> None:
    """The waits grow, the child's own intensity decides."""
    tape = Tape()
    async with open_supervisor(max_restarts=0, backoff=STEADY, observe=tape) as supervisor:
        bad = await supervisor.start(
            crashing(*[1.0] * 5), name="bad", quarantine=Intensity(max_restarts=2, within=100.0)
        )
        await trio.sleep(60.0)
        assert bad.state is Condition.QUARANTINED
    assert tape.of("again", "quarantine") == [
        "again bad: 1 in 1",
        "again bad#2: 2 in 2",
        "quarantine bad#3: 3",
    ]
