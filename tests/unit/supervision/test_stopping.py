"""Stopping: asked, then cancelled, then waited for; never abandoned."""

# ruff: noqa: PT012 - a whole block is what raises here

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import NO_LIMIT, Condition, child, open_supervisor

from .stage import HOUR, Crash, Tape, crashing, polite, settle, stubborn, telling

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
