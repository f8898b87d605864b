"""Significant children, and the supervisor that shuts itself down."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import AutoShutdown, Condition, Restart, Strategy, child, open_supervisor

from .stage import HOUR, Tape, crashing, idle, polite, returning, settle, starting

ANY, ALL = AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT


@pytest.mark.parametrize("start", [returning(1.0), crashing(1.0)], ids=["returns", "crashes"])
async def test_any_significant_temporary_end_shuts_down_in_reverse_order(
    autojump_clock: MockClock, start: object
) -> None:
    """Normal or not: what counts is that it led to no restart."""
    tape = Tape()
    async with open_supervisor(auto_shutdown=ANY, observe=tape) as supervisor:
        await supervisor.start(polite(1.0, tape, "a"), name="a")
        await supervisor.start(start, name="b", restart=Restart.TEMPORARY, significant=True)  # type: ignore[call-overload]
        await supervisor.start(polite(1.0, tape, "c"), name="c")
        await trio.sleep_forever()
    assert tape.of("a", "c", "over") == [
        "c asked at 1",
        "a asked at 2",
        "over .: shut down, SignificantEnded",
    ]


async def test_all_significant_waits_for_the_last(autojump_clock: MockClock) -> None:
    """Insignificant ends do not count, nor do those that are restarted."""
    async with open_supervisor(auto_shutdown=ALL, max_restarts=9) as supervisor:
        await supervisor.start(returning(1.0), significant=True)
        await supervisor.start(
            crashing(1.5, 3.5), name="crashes", significant=True, restart=Restart.TRANSIENT
        )
        await supervisor.start(returning(2.0))
        await supervisor.start(returning(3.0), significant=True)
        await trio.sleep(10.0)
        assert supervisor.child("crashes").state is Condition.RUNNING
        await supervisor.stop()


async def test_those_that_are_down_by_request_or_ignored_are_down(autojump_clock: MockClock) -> None:
    """So the last living one decides."""
    async with open_supervisor(auto_shutdown=ALL) as supervisor:
        await supervisor.start(idle, name="stopped", significant=True)
        await supervisor.start(
            starting(smith.Ignore), name="ignored", significant=True, restart=Restart.TRANSIENT
        )
        await supervisor.start(returning(5.0), name="last", significant=True)
        await supervisor.stop_child("stopped")
        await trio.sleep(1.0)
        await trio.sleep_forever()
    assert trio.current_time() == 5.0


async def test_a_restarting_significant_child_is_up(autojump_clock: MockClock) -> None:
    """It will be there again."""
    backoff = smith.Backoff(initial=10.0, jitter=0.0)
    async with open_supervisor(auto_shutdown=ALL, backoff=backoff) as supervisor:
        await supervisor.start(crashing(1.0), name="restarting", significant=True)
        await supervisor.start(returning(2.0), name="ends", significant=True)
        await trio.sleep(5.0)
        assert supervisor.child("restarting").state is Condition.RESTARTING
        await supervisor.stop()
    assert trio.current_time() == 5.0


@pytest.mark.parametrize("policy", [ANY, ALL])
async def test_a_stop_by_request_never_shuts_down(autojump_clock: MockClock, policy: AutoShutdown) -> None:
    """The check follows own exits alone."""
    async with open_supervisor(auto_shutdown=policy) as supervisor:
        await supervisor.start(idle, name="a", significant=True)
        await supervisor.stop_child("a")
        await trio.sleep(10.0)
        assert (await supervisor.count_children()).specs == 1


@pytest.mark.parametrize("policy", [ANY, ALL])
async def test_a_group_restart_never_shuts_down(autojump_clock: MockClock, policy: AutoShutdown) -> None:
    """Even if it drops a significant temporary child."""
    async with open_supervisor(auto_shutdown=policy, strategy=Strategy.ONE_FOR_ALL) as supervisor:
        await supervisor.start(idle, name="t", restart=Restart.TEMPORARY, significant=True)
        await supervisor.start(crashing(1.0), name="b")
        await trio.sleep(10.0)
        assert supervisor.children() == ("b",)
        await supervisor.stop()


async def test_it_climbs_the_tree(autojump_clock: MockClock) -> None:
    """A nested supervisor that is significant itself."""
    tape = Tape()
    async with open_supervisor(auto_shutdown=ANY, observe=tape) as supervisor:
        await supervisor.start_supervisor(
            name="n",
            auto_shutdown=ANY,
            children=[child(returning(1.0), name="c", significant=True)],
            restart=Restart.TRANSIENT,
            significant=True,
        )
        await supervisor.start(polite(0.0), name="x")
        await trio.sleep(HOUR)
    assert tape.of("over") == ["over n: shut down, SignificantEnded", "over .: shut down, SignificantEnded"]
    assert trio.current_time() == 1.0


async def test_a_permanent_supervisor_that_shut_itself_down_is_restarted(autojump_clock: MockClock) -> None:
    """By a parent that holds it as permanent; it counts."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start_supervisor(
            name="n", auto_shutdown=ANY, children=[child(returning(1.0), name="c", significant=True)]
        )
        await settle()
        await trio.sleep(5.0)
        assert tape.of("over", "again") == ["over n: shut down, SignificantEnded", "again n: 1"]
        assert supervisor.child("n").incarnation == 2
        await supervisor.stop()


async def test_it_cancels_a_body_that_waits_for_a_request(autojump_clock: MockClock) -> None:
    """What the request was answered because of it does not come out."""
    async with open_supervisor(auto_shutdown=ANY) as supervisor, trio.open_nursery():
        await supervisor.start(returning(1.0), significant=True)
        await supervisor.start(starting(HOUR))
        pytest.fail("the body is cancelled")
    assert trio.current_time() == 1.0 or trio.current_time() == HOUR
