"""A child that does not end when it is stopped is waited for and reported."""

import logging
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import SupervisorSpec, child, open_supervisor
from trio_smith.telemetry import ChildStuck

from .stage import HOUR, Crash, Ready, Tape, polite, settle


def deaf(seconds: float) -> Callable[[], Awaitable[None]]:
    """Return a child that hears nothing for so many seconds."""

    async def hears_nothing() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)

    return hears_nothing


# Stuck children ----------------------------------------------------------------------------


async def test_a_child_that_does_not_end_is_reported_once_per_grace_and_waited_for(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With its name and the place where it waits."""
    events: list[ChildStuck] = []
    with caplog.at_level(logging.WARNING, "trio_smith.supervision"):
        async with open_supervisor(
            observe=lambda event: events.append(event) if isinstance(event, ChildStuck) else None
        ) as supervisor:
            await supervisor.start(deaf(HOUR), name="a", grace=1000.0)
            await trio.sleep(100.0)
            await supervisor.stop_child("a")
            assert trio.current_time() == HOUR
    assert [event.waited for event in events] == [1000.0, 2000.0, 3000.0]
    assert [event.path for event in events] == [("a",)] * 3
    assert any("hears_nothing" in line for line in events[0].await_point)
    assert len(caplog.messages) == 3
    assert "a was cancelled 1000.0 s ago" in caplog.messages[0]
    assert "hears_nothing" in caplog.messages[0]


@pytest.mark.parametrize(("at", "grace"), [(0.1, 1.0), (0.2, 0.5), (0.1, 1.3), (0.2, 3.9), (0.7, 0.1)])
async def test_reports_come_at_any_time_whatever_the_rounding(
    autojump_clock: MockClock, at: float, grace: float
) -> None:
    """Sums of seconds do not come out even: no report may be lost, doubled or set to the past."""
    waited: list[float] = []
    async with open_supervisor(
        observe=lambda event: waited.append(event.waited) if isinstance(event, ChildStuck) else None
    ) as supervisor:
        await supervisor.start(deaf(at + grace * 10.5), name="a", grace=grace)
        await trio.sleep(at)
        await supervisor.stop_child("a")
    assert waited == [pytest.approx(grace * number) for number in range(1, 11)]


async def test_a_soft_child_is_stuck_a_grace_after_it_was_cancelled(autojump_clock: MockClock) -> None:
    """Asked at 0, cancelled at 10, reported at 20, 30 and 40."""
    tape = Tape()

    async def hears_nothing() -> None:
        smith.stopping()
        with trio.CancelScope(shield=True):
            await trio.sleep(45.0)

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(hears_nothing, name="a", grace=10.0)
        await settle()
        await supervisor.stop_child("a")
    assert tape.of("stuck", "end") == ["stuck a: 10", "stuck a: 20", "stuck a: 30", "end a: killed"]


async def test_a_child_without_grace_is_reported_every_five_seconds(autojump_clock: MockClock) -> None:
    """There is no grace to count by."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(deaf(12.0), name="a", grace=0.0)
        await settle()
        await supervisor.stop_child("a")
    assert tape.of("stuck", "end") == ["stuck a: 5", "stuck a: 10", "end a: killed"]


async def test_several_stuck_children_are_reported_each_in_its_own_time(autojump_clock: MockClock) -> None:
    """One pool, one deadline, but also a nested supervisor and its own children."""
    tape = Tape()
    inner = SupervisorSpec(
        name="n", children=[child(deaf(29.0), name="a", grace=7.0), child(deaf(29.0), name="b", grace=9.0)]
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(child(inner, grace=0.0))
        await settle()
        await supervisor.stop_child("n")
    seen = sorted(tape.of("stuck"), key=lambda line: (line.split()[1], float(line.split()[2])))
    assert seen == [
        *(f"stuck n/a: {seconds}" for seconds in (7, 14, 21, 28)),
        *(f"stuck n/b: {seconds}" for seconds in (9, 18, 27)),
        *(f"stuck n: {seconds}" for seconds in (5, 10, 15, 20, 25)),
    ]


async def test_a_child_that_is_stuck_in_its_start_is_reported(autojump_clock: MockClock) -> None:
    """Whether it was its start_timeout or the stop of its supervisor that cancelled it."""

    async def hears_nothing(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(20.0)
        raise Crash

    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        with pytest.raises(smith.StartFailed):
            await supervisor.start(hears_nothing, name="a", grace=8.0, start_timeout=2.0)
        assert trio.current_time() == 20.0
    assert tape.of("stuck") == ["stuck a: 8", "stuck a: 16"]
    stopped = Tape()
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=stopped) as supervisor:
            await supervisor.start(hears_nothing, name="a", grace=8.0)
    assert stopped.of("stuck") == ["stuck a: 8", "stuck a: 16"]


async def test_who_has_ended_in_time_is_never_reported_later(autojump_clock: MockClock) -> None:
    """Also not when it runs again, or when its task rests."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(1.0), name="a")
        await settle()
        await supervisor.stop_child("a")
        await supervisor.restart_child("a")
        await trio.sleep(HOUR)
        assert tape.of("stuck") == []
        await supervisor.stop()


async def test_a_stuck_child_of_an_inner_block_is_reported(autojump_clock: MockClock) -> None:
    """The watch belongs to each supervisor."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(deaf(15.0), name="deep", grace=10.0)
            await inner.stop_child("deep")

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h")
    assert tape.of("stuck") == ["stuck h/deep: 10"]


async def test_the_stop_of_an_outer_cancellation_watches_too(autojump_clock: MockClock) -> None:
    """The clock of the tree goes on although everything outside is cancelled."""
    tape = Tape()
    with trio.move_on_after(1.0):
        async with open_supervisor(observe=tape) as supervisor:
            await supervisor.start(deaf(20.0), name="a", grace=8.0)
            await trio.sleep_forever()
    assert tape.of("stuck") == ["stuck a: 8", "stuck a: 16"]
    assert trio.current_time() == 20.0
