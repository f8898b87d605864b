"""Stopping: asked, then cancelled, then waited for and reported; never abandoned."""

# ruff: noqa: PT012 - a whole block is what raises here

import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import NO_LIMIT, Condition, SupervisorSpec, child, open_pool, open_supervisor
from trio_smith.telemetry import ChildStuck

from .stage import HOUR, Crash, Ready, Tape, crashing, polite, settle, stubborn, telling


def deaf(seconds: float) -> Callable[[], Awaitable[None]]:
    """Return a child that hears nothing for so many seconds."""

    async def hears_nothing() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)

    return hears_nothing


# Soft and hard -----------------------------------------------------------------------------


async def test_a_plain_function_is_cancelled_at_once(autojump_clock: MockClock) -> None:
    """It did not ask for anything else; what it needs to unwind is inside its grace."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(stubborn(2.0, tape, "a"), name="a", grace=5.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("a")
        assert trio.current_time() == 3.0
    assert tape.lines[2:4] == ["a cancelled at 1", "end a: stopped"]


async def test_a_function_that_takes_the_soft_stop_has_its_grace(autojump_clock: MockClock) -> None:
    """And is cancelled when that has passed."""
    tape = Tape()

    async def works_on() -> None:
        await smith.stopping().wait()
        try:
            await trio.sleep(HOUR)
        except trio.Cancelled:
            tape.say(f"cancelled at {trio.current_time():g}")
            raise

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(works_on, name="a", grace=5.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("a")
        assert trio.current_time() == 6.0
    assert tape.lines[2:4] == ["cancelled at 6", "end a: killed"]


@pytest.mark.parametrize(
    ("needs", "reason"), [(4.9, "stopped"), (5.0, "killed"), (5.1, "killed")], ids=["before", "at", "after"]
)
async def test_who_ends_inside_the_grace_was_stopped_and_who_does_not_was_killed(
    autojump_clock: MockClock, needs: float, reason: str
) -> None:
    """By the time that has passed, not by what the child raised."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(stubborn(needs), name="a", grace=5.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("a")
    assert tape.of("end") == [f"end a: {reason}"]


@pytest.mark.parametrize(
    "start", [stubborn(2.0), polite(2.0), polite(0.0)], ids=["plain", "soft", "soft, at once"]
)
async def test_no_grace_cancels_at_once_and_counts_as_killed(
    autojump_clock: MockClock, start: Callable[[], Awaitable[None]]
) -> None:
    """Whoever asked for a soft stop too."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(start, name="a", grace=0.0)
        await settle()
        await supervisor.stop_child("a")
    assert tape.of("end") == ["end a: killed"]
    assert trio.current_time() in (0.0, 2.0)


async def test_the_soft_stop_with_no_grace_is_still_said(autojump_clock: MockClock) -> None:
    """The event is set, and the cancellation is there."""
    seen: list[bool] = []

    async def looks() -> None:
        event = smith.stopping()
        try:
            await trio.sleep_forever()
        finally:
            seen.append(event.is_set())

    async with open_supervisor() as supervisor:
        await supervisor.start(looks, name="a", grace=0.0)
        await settle()
        await supervisor.stop_child("a")
    assert seen == [True]


async def test_how_a_child_ends_when_it_is_stopped_never_affects_supervision(
    autojump_clock: MockClock,
) -> None:
    """Return, crash, Shutdown, Ignore, swallowed cancellation."""
    tape = Tape()

    def ends(how: BaseException | None) -> Callable[[], Awaitable[None]]:
        async def lives() -> None:
            try:
                await trio.sleep_forever()
            finally:
                if how is not None:
                    raise how

        return lives

    async def swallows() -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            return

    async with open_supervisor(max_restarts=0, observe=tape) as supervisor:
        for number, how in enumerate(
            [None, Crash(), smith.Shutdown(), smith.Ignore(), ExceptionGroup("g", [Crash()])]
        ):
            await supervisor.start(ends(how), name=f"c{number}")
        await supervisor.start(swallows, name="swallows")
        await settle()
        for name in supervisor.children():
            await supervisor.stop_child(name)
    assert len(tape.of("end")) == 6
    assert all(line.endswith(": stopped") for line in tape.of("end"))
    assert tape.of("raised") == [
        "raised c1: Crash",
        "raised c2: Shutdown",
        "raised c3: Ignore",
        "raised c4: ExceptionGroup",
    ]


async def test_a_child_that_swallows_one_cancellation_is_cancelled_at_its_next_checkpoint(
    autojump_clock: MockClock,
) -> None:
    """Trio's cancellation is level-triggered: the scope stays cancelled."""

    async def swallows() -> None:
        for _ in range(3):
            with suppress(trio.Cancelled):
                await trio.sleep_forever()

    async with open_supervisor() as supervisor:
        await supervisor.start(swallows, name="a")
        await settle()
        await supervisor.stop_child("a")
    assert trio.current_time() == 0.0


async def test_a_grace_without_limit_waits_as_long_as_it_takes(autojump_clock: MockClock) -> None:
    """By name."""
    tape = Tape()
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(HOUR), name="a", grace=NO_LIMIT)
        await settle()
        await supervisor.stop_child("a")
        assert trio.current_time() == HOUR
    assert tape.of("end", "stuck") == ["end a: stopped"]


async def test_each_incarnation_has_its_own_stopping_event(autojump_clock: MockClock) -> None:
    """And the same one however often it asks."""
    events: list[trio.Event] = []
    left = [1]

    async def asks() -> None:
        events.append(smith.stopping())
        assert smith.stopping() is events[-1]
        await events[-1].wait()
        if left:
            left.pop()
            return
        await trio.sleep(1.0)

    async with open_supervisor(strategy=smith.Strategy.ONE_FOR_ALL) as supervisor:
        await supervisor.start(asks, name="a")
        await supervisor.start(crashing(1.0), name="bad")
        await trio.sleep(5.0)
        assert [event.is_set() for event in events] == [True, False]
        await supervisor.stop()


async def test_a_task_inside_the_child_takes_the_same_event(autojump_clock: MockClock) -> None:
    """Its own subtasks belong to it."""
    async with open_supervisor() as supervisor:

        async def asks() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_wait_for_stop)

        await supervisor.start(asks, name="a", grace=HOUR)
        await settle()
        await supervisor.stop_child("a")
    assert trio.current_time() == 0.0


async def _wait_for_stop() -> None:
    await smith.stopping().wait()


async def test_who_takes_the_event_after_the_stop_finds_it_set(autojump_clock: MockClock) -> None:
    """A loop that asks each time round hears of it."""
    seen: list[bool] = []

    async def late() -> None:
        try:
            await trio.sleep_forever()
        finally:
            seen.append(smith.stopping().is_set())

    async with open_supervisor() as supervisor:
        await supervisor.start(late, name="a")
        await settle()
        await supervisor.stop_child("a")
    assert seen == [True]


async def test_an_actor_with_a_body_of_its_own_may_take_the_event_too(autojump_clock: MockClock) -> None:
    """It is a child like any other."""

    class Loops(smith.Actor[Any]):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            await smith.stopping().wait()

    async with open_supervisor() as supervisor:
        await supervisor.start(Loops, name="a", grace=HOUR)
        await settle()
        await supervisor.stop_child("a")
    assert trio.current_time() == 0.0


async def test_there_is_no_event_outside_of_a_child() -> None:
    """The body of a block is no child."""
    with pytest.raises(smith.NoActorContext):
        smith.stopping()
    async with open_supervisor():
        with pytest.raises(smith.NoActorContext):
            smith.stopping()


# Nested supervisors and pools --------------------------------------------------------------


async def test_a_nested_supervisor_stops_in_order_and_its_parent_waits_without_limit(
    autojump_clock: MockClock,
) -> None:
    """Its own grace has no limit unless it is given one."""
    tape = Tape()
    inner = SupervisorSpec(
        name="n",
        children=[
            child(polite(20.0, tape, "a"), name="a", grace=30.0),
            child(polite(10.0, tape, "b"), name="b", grace=30.0),
        ],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(polite(0.0, tape, "x"), name="x")
        await supervisor.start(child(inner))
        await settle()
        tape.take()
        await supervisor.stop()
    assert tape.lines == [
        "b asked at 0",
        "end n/b: stopped",
        "a asked at 10",
        "end n/a: stopped",
        "over n: stopped",
        "x asked at 30",
        "end x: stopped",
        "over .: stopped",
    ]


async def test_a_nested_supervisor_whose_grace_has_passed_cancels_all_at_once_recursively(
    autojump_clock: MockClock,
) -> None:
    """However deep, and whatever their graces are."""
    tape = Tape()
    deep = SupervisorSpec(name="deep", children=[child(polite(HOUR), name="d", grace=HOUR)])
    inner = SupervisorSpec(
        name="n",
        children=[
            child(polite(HOUR), name="a", grace=HOUR),
            child(deep),
            child(stubborn(1.0), name="c", grace=HOUR),
        ],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(child(inner, grace=3.0))
        await trio.sleep(1.0)
        tape.take()
        await supervisor.stop_child("n")
        assert trio.current_time() == 4.0
    assert tape.lines[0] == "end n/c: stopped"
    assert set(tape.lines[1:4]) == {"end n/deep/d: killed", "over n/deep: killed", "end n/a: killed"}
    assert tape.lines[4] == "over n: killed"


async def test_a_nested_supervisor_without_grace_cancels_all_at_once(autojump_clock: MockClock) -> None:
    """It is waited for all the same."""
    tape = Tape()
    inner = SupervisorSpec(
        name="n",
        children=[child(stubborn(2.0, tape, "a"), name="a"), child(stubborn(1.0, tape, "b"), name="b")],
    )
    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(child(inner, grace=0.0))
        await trio.sleep(1.0)
        await supervisor.stop_child("n")
        assert trio.current_time() == 3.0
    assert set(tape.of("a", "b")) == {"a cancelled at 1", "b cancelled at 1"}
    assert tape.of("over")[0] == "over n: killed"


async def test_a_hard_stop_reaches_a_start_in_progress(autojump_clock: MockClock) -> None:
    """The nested supervisor is starting a child when its grace passes."""

    async def slow(*, task_status: Ready = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(HOUR)

    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nested = await supervisor.start_supervisor(
            name="n", grace=2.0, children=[child(polite(HOUR), grace=HOUR)]
        )

        async def asks() -> None:
            with pytest.raises(smith.SupervisorStopped):
                await nested.start(slow)

        nursery.start_soon(asks)
        await trio.sleep(1.0)
        await supervisor.stop_child("n")
        assert trio.current_time() == 3.0


async def test_a_pool_stops_all_its_instances_at_once_with_one_deadline(autojump_clock: MockClock) -> None:
    """The total is the longest, not the sum."""
    tape = Tape()

    async def obeys(name: str, seconds: float) -> None:
        await polite(seconds, tape, name)()

    async with open_pool(child(obeys, grace=5.0)) as pool:
        for name, seconds in [("a", 1.0), ("b", HOUR), ("c", 3.0)]:
            await pool.start(name, seconds)
        await trio.sleep(1.0)
        await pool.stop()
    assert sorted(tape.lines) == ["a asked at 1", "b asked at 1", "c asked at 1"]
    assert trio.current_time() == 6.0


async def test_a_grace_that_has_passed_reaches_the_blocks_inside_a_function(
    autojump_clock: MockClock,
) -> None:
    """What lives inside a child has no more time than the child."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), name="deep", grace=HOUR)
            await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h", grace=2.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        assert trio.current_time() == 3.0
    assert tape.of("end") == ["end h/deep: killed", "end h: killed"]


async def test_no_grace_reaches_the_blocks_inside_a_function_at_once(autojump_clock: MockClock) -> None:
    """All the way down."""

    async def innermost() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(HOUR), grace=HOUR)

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(innermost, grace=HOUR)

    async with open_supervisor() as supervisor:
        await supervisor.start(holds, name="h", grace=0.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        assert trio.current_time() == 1.0


async def test_a_child_that_ends_in_time_spares_its_blocks_the_kill(autojump_clock: MockClock) -> None:
    """Also when it runs again by then."""
    tape = Tape()

    async def holds() -> None:
        async with open_supervisor() as inner:
            await inner.start(polite(1.0), name="deep", grace=HOUR)
            await trio.sleep_forever()

    async with open_supervisor(observe=tape) as supervisor:
        await supervisor.start(holds, name="h", grace=5.0)
        await trio.sleep(1.0)
        await supervisor.stop_child("h")
        await supervisor.restart_child("h")
        await trio.sleep(20.0)
        assert supervisor.child("h").state is Condition.RUNNING
        assert tape.of("end") == ["end h/deep: stopped", "end h: stopped"]
        await supervisor.stop()


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


# Drain -------------------------------------------------------------------------------------


@pytest.mark.parametrize("drain", [math.nan, -1.0, "5", True])
@pytest.mark.parametrize("by", ["supervisor", "handle", "pool"])
async def test_a_drain_that_cannot_be_is_refused_and_harms_nobody(drain: Any, by: str) -> None:
    """Checked at the door: a wrong argument must not bring a tree down."""
    async with open_supervisor() as supervisor:
        started = await supervisor.start(trio.sleep_forever, name="a")
        pool = await supervisor.start_pool(child(trio.sleep_forever), name="p")
        instance = await pool.start()
        with pytest.raises((TypeError, ValueError, smith.MisuseError)):
            match by:
                case "supervisor":
                    await supervisor.stop_child("a", drain=drain)
                case "handle":
                    await started.stop(drain=drain)
                case _:
                    await pool.stop_child(instance, drain=drain)
        assert started.state is Condition.RUNNING
        assert (await supervisor.count_children()).active == 2
        await supervisor.stop()


async def test_draining_a_plain_function_gives_it_no_more_time(autojump_clock: MockClock) -> None:
    """It has no messages: it is cancelled at once."""
    tape = Tape()
    async with open_supervisor() as supervisor:
        for name, grace in [("a", 5.0), ("b", 0.0)]:
            await supervisor.start(stubborn(0.0, tape, name), name=name, grace=grace)
        await settle()
        await supervisor.stop_child("a", drain=10.0)
        await supervisor.stop_child("b", drain=10.0)
    assert tape.lines == ["a cancelled at 0", "b cancelled at 0"]


# What stopping leaves ----------------------------------------------------------------------


async def test_a_stopped_child_keeps_its_spec_and_place(autojump_clock: MockClock) -> None:
    """It can be started again, where it was."""
    async with open_supervisor() as supervisor:
        for name in "abc":
            await supervisor.start(trio.sleep_forever, name=name)
        await supervisor.stop_child("b")
        assert supervisor.children() == ("a", "b", "c")
        await supervisor.restart_child("b")
        assert supervisor.children() == ("a", "b", "c")
        await supervisor.stop()


async def test_stopping_many_children_leaves_no_timers_behind(autojump_clock: MockClock) -> None:
    """Each stop may set one, none may stay for the length of a long grace."""
    async with open_supervisor() as supervisor:
        for _ in range(100):
            await supervisor.start(polite(0.0), name="a", grace=HOUR, restart=smith.Restart.TEMPORARY)
            await settle()
            await supervisor.stop_child("a")
        assert len(supervisor.system.sweeper) <= 2
        await supervisor.stop()


async def test_a_supervisor_that_stops_serves_no_requests(autojump_clock: MockClock) -> None:
    """Neither new ones nor those that waited."""
    async with trio.open_nursery() as nursery, open_supervisor() as supervisor:
        await supervisor.start(polite(5.0), name="a")
        await settle()
        nursery.start_soon(supervisor.stop)
        await trio.lowlevel.checkpoint()
        with trio.CancelScope(shield=True):  # the body is cancelled by now
            await trio.sleep(1.0)
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.count_children()
            with pytest.raises(smith.SupervisorStopped):
                await supervisor.start(telling(Tape(), "b"))
