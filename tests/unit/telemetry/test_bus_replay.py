"""Those who come late get what was kept: bounded, in order, nothing missed and nothing twice."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from trio_smith.telemetry import Bus, EventBus


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    """Then an event that nobody listens to costs a look at `active`, and no memory."""
    bus: Bus[int] = Bus()
    bus.emit(1)
    assert (bus.active, bus.kept()) == (False, ())
    seen: list[int] = []
    bus.subscribe(seen.append, replay=True)
    assert seen == []


def test_a_bus_that_keeps_is_active_without_anybody() -> None:
    """Emitters that look at `active` would build no event to be kept."""
    bus: Bus[int] = Bus()
    bus.keep(2)
    active = [bus.active]
    listener = bus.subscribe(lambda _: None)
    listener.cancel()
    active.append(bus.active)
    bus.keep(0)
    active.append(bus.active)
    assert active == [True, True, False]


def test_the_latest_are_kept_and_a_new_bound_keeps_the_latest_of_them() -> None:
    """A bound that shrinks drops the oldest."""
    bus: Bus[int] = Bus()
    bus.keep(3)
    for event in range(5):
        bus.emit(event)
    assert bus.kept() == (2, 3, 4)
    bus.keep(2)
    assert bus.kept() == (3, 4)
    bus.keep(0)
    assert bus.kept() == ()
    with pytest.raises(ValueError, match="0 events or more"):
        bus.keep(-1)


@given(st.integers(1, 4), st.lists(st.sampled_from(["emit", "join"]), max_size=20))
def test_whoever_joins_late_sees_the_kept_ones_and_then_all(capacity: int, steps: list[str]) -> None:
    """Against a list of all events: a suffix of it, unbroken."""
    bus: Bus[int] = Bus()
    bus.keep(capacity)
    emitted: list[int] = []
    joined: list[tuple[int, list[int]]] = []
    for step in steps:
        if step == "emit":
            emitted.append(len(emitted))
            bus.emit(emitted[-1])
        else:
            seen: list[int] = []
            bus.subscribe(seen.append, replay=True)
            joined.append((max(0, len(emitted) - capacity), seen))
    assert [seen for _, seen in joined] == [emitted[first:] for first, _ in joined]


def test_one_that_joins_in_the_midst_of_an_event_gets_that_one_and_what_follows_once() -> None:
    """Also events that wait until the one in hand is through: they were emitted before it joined.

    For the others nothing changes: they see the one in hand first.
    """
    bus: Bus[str] = Bus()
    bus.keep(10)
    late: list[str] = []
    other: list[str] = []

    def first(event: str) -> None:
        if event == "a":
            bus.emit("b")
            bus.subscribe(late.append, replay=True)
            bus.emit("c")

    bus.emit("before")
    bus.subscribe(first)
    bus.subscribe(other.append)
    bus.emit("a")
    bus.emit("d")
    assert late == ["before", "a", "b", "c", "d"]
    assert other == ["a", "b", "c", "d"]


def test_what_a_callback_emits_while_it_is_replayed_comes_after_the_replay() -> None:
    """One order, also for the newcomer."""
    bus: Bus[int] = Bus()
    bus.keep(10)
    bus.emit(1)
    bus.emit(2)
    seen: list[int] = []

    def echoes(event: int) -> None:
        seen.append(event)
        if event == 1:
            bus.emit(3)

    bus.subscribe(echoes, replay=True)
    assert seen == [1, 2, 3]


def test_a_condition_that_raises_is_a_failure_of_its_subscriber() -> None:
    """The emitter is not hurt by it, nor are the others."""
    bus: Bus[int] = Bus()
    seen: list[int] = []
    bad = bus.subscribe(seen.append, where=lambda event: 1 // event > 0)
    bus.subscribe(seen.append, where=lambda event: event == 0)
    bus.emit(0)
    bus.emit(1)
    assert (seen, bad.failures) == ([0, 1], 1)


async def test_a_stream_begins_with_what_was_kept(autojump_clock: MockClock) -> None:
    """Filtered like what follows, and bounded like it: the oldest are pushed out and counted."""
    bus = EventBus()
    bus.keep(10)
    for event in range(6):
        bus.emit(event)
    even = bus.stream(of=int, where=lambda event: event % 2 == 0, replay=True)
    async with even as events, bus.stream(2, replay=True) as narrow:
        bus.emit(6)
        bus.emit(7)
        assert [await anext(events) for _ in range(4)] == [0, 2, 4, 6]
        assert [await anext(narrow) for _ in range(2)] == [6, 7]
        assert narrow.dropped == 6
        with trio.move_on_after(1) as waits:
            await anext(events)
        assert waits.cancelled_caught
