"""The stream: a slow reader loses the oldest events, a cancelled one loses none."""

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.telemetry import Bus, EventStream


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run *main* in virtual time, so that waiting in vain ends at once."""
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def read(events: EventStream[int], count: int) -> list[int]:
    """Read *count* events; a reader that hangs is an error after a virtual second."""
    with trio.fail_after(1):
        return [await anext(events) for _ in range(count)]


def test_events_arrive_in_order_from_the_moment_of_opening() -> None:
    """What was emitted before is not shown."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        stream = EventStream(bus)
        active = [bus.active]
        bus.emit(0)
        async with stream as events:
            active.append(bus.active)
            bus.emit(1)
            bus.emit(2)
            assert await read(events, 2) == [1, 2]
        active.append(bus.active)
        assert active == [False, True, False]

    run(main)


def test_a_loop_follows_events_that_come_later() -> None:
    """The reader parks while there is nothing, and each event wakes it."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        seen: list[int] = []

        async def follow(*, task_status: trio.TaskStatus[None]) -> None:
            async with EventStream(bus) as events:
                task_status.started()
                async for event in events:
                    seen.append(event)
                    if event == 3:
                        break

        async with trio.open_nursery() as nursery:
            await nursery.start(follow)
            for event in (1, 2, 3):
                await trio.sleep(1)
                bus.emit(event)
        assert seen == [1, 2, 3]

    run(main)


def test_a_full_stream_drops_the_oldest_and_counts_them() -> None:
    """The emitter never waits and memory stays bounded, however slow the reader is."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        async with EventStream(bus, capacity=4) as events:
            for event in range(10_000):
                bus.emit(event)
            assert events.dropped == 9_996
            assert await read(events, 4) == [9_996, 9_997, 9_998, 9_999]
            bus.emit(10_000)
            assert events.dropped == 9_996
            assert await read(events, 1) == [10_000]

    run(main)


def test_a_stream_needs_room_for_one_event() -> None:
    """Zero would drop everything."""
    with pytest.raises(ValueError, match="1 event or more"):
        EventStream(Bus[int](), capacity=0)


def test_each_event_goes_to_one_of_several_readers() -> None:
    """Readers share the work; none hangs while events wait."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        seen: list[int] = []

        async def reader(events: EventStream[int]) -> None:
            seen.extend(await read(events, 1))

        async with EventStream(bus) as events, trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(reader, events)
            await trio.testing.wait_all_tasks_blocked()
            for event in (1, 2, 3):
                bus.emit(event)
        assert sorted(seen) == [1, 2, 3]

    run(main)


def test_a_woken_reader_that_comes_too_late_waits_on() -> None:
    """Another reader, just arriving, may take the event that the first was woken for."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        seen: list[int] = []

        async def reader(events: EventStream[int]) -> None:
            seen.extend(await read(events, 1))

        async with EventStream(bus, capacity=1) as events, trio.open_nursery() as nursery:
            nursery.start_soon(reader, events)
            nursery.start_soon(reader, events)
            await trio.testing.wait_all_tasks_blocked()
            bus.emit(1)
            bus.emit(2)  # pushes 1 out: two readers are woken for one event
            await trio.testing.wait_all_tasks_blocked()
            assert seen == [2]
            bus.emit(3)
        assert seen == [2, 3]
        assert events.dropped == 1

    run(main)


def test_reading_a_stream_that_is_not_open_is_an_error() -> None:
    """Before its block and after it; the text says how to open it."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        stream = EventStream(bus)
        with pytest.raises(trio.ClosedResourceError, match="async with"):
            await anext(stream)
        async with stream:
            bus.emit(1)
        with pytest.raises(trio.ClosedResourceError, match="async with"):
            await anext(stream)

    run(main)


def test_opening_an_open_stream_is_an_error() -> None:
    """The first block goes on working."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        async with EventStream(bus) as events:
            with pytest.raises(trio.BusyResourceError, match="open already"):
                await events.__aenter__()
            bus.emit(1)
            assert await read(events, 1) == [1]

    run(main)


def test_a_stream_that_is_opened_again_begins_afresh() -> None:
    """Closing forgets what was not read, and holds on to no event; the count of the dropped goes on."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        stream = EventStream(bus, capacity=1)
        async with stream:
            bus.emit(1)
            bus.emit(2)
        async with stream as events:
            bus.emit(3)
            assert await read(events, 1) == [3]
        assert stream.dropped == 1

    run(main)


def test_closing_wakes_who_waits() -> None:
    """A reader in another task must not hang for ever on a stream that is over."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        refused: list[int] = []

        async def reader(events: EventStream[int]) -> None:
            with pytest.raises(trio.ClosedResourceError), trio.fail_after(1):
                await anext(events)
            refused.append(1)

        async with trio.open_nursery() as nursery, EventStream(bus) as events:
            nursery.start_soon(reader, events)
            nursery.start_soon(reader, events)
            await trio.testing.wait_all_tasks_blocked()
        assert refused == [1, 1]

    run(main)


def test_opening_and_closing_are_no_checkpoints() -> None:
    """Nothing emitted by another Trio task can slip in between, and a cancelled task can close."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        with trio.testing.assert_no_checkpoints():
            async with EventStream(bus):
                pass

    run(main)


def test_reading_is_a_checkpoint_whether_it_waits_or_not() -> None:
    """A loop over a busy stream must not starve the others."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        async with EventStream(bus) as events:
            bus.emit(1)
            with trio.testing.assert_checkpoints():
                await anext(events)
            async with trio.open_nursery() as nursery:
                with trio.testing.assert_checkpoints():
                    nursery.start_soon(trio.testing.wait_all_tasks_blocked)
                    nursery.start_soon(emit_when_blocked, bus)
                    await anext(events)

    run(main)


async def emit_when_blocked(bus: Bus[int]) -> None:
    """Emit one event once everybody waits."""
    await trio.testing.wait_all_tasks_blocked()
    bus.emit(2)


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.sampled_from(["emit", "read", "cancel", "tick", "settle"]), max_size=30),
)
@example(1, 1, ["read", "settle", "emit", "cancel"])
@example(3, 1, ["emit", "read", "tick", "cancel"])
@example(3, 2, ["read", "read", "settle", "emit", "emit", "cancel", "read"])
def test_a_cancelled_read_loses_and_doubles_nothing(capacity: int, readers: int, steps: list[str]) -> None:
    """Reads begin, wait, are woken and cancelled at any step: each event is returned, dropped or left."""

    async def main() -> None:
        bus: Bus[int] = Bus()
        emitted = 0
        seen: list[int] = []
        scopes: list[trio.CancelScope] = []

        async def reader(events: EventStream[int], scope: trio.CancelScope) -> None:
            with scope:
                seen.append(await anext(events))
            scopes.remove(scope)

        async with EventStream(bus, capacity=capacity) as events:
            async with trio.open_nursery() as nursery:
                for step in steps:
                    if step == "emit":
                        bus.emit(emitted)
                        emitted += 1
                    elif step == "read" and len(scopes) < readers:
                        scopes.append(trio.CancelScope())
                        nursery.start_soon(reader, events, scopes[-1])
                    elif step == "cancel" and scopes:
                        scopes[0].cancel()
                    elif step == "tick":
                        await trio.lowlevel.checkpoint()
                    elif step == "settle":
                        await trio.testing.wait_all_tasks_blocked()
                        left = emitted - len(seen) - events.dropped
                        assert left == 0 or not scopes, "somebody waits although there is something to read"
                for scope in scopes:
                    scope.cancel()
            rest = await read(events, emitted - len(seen) - events.dropped)
        assert len(set(seen + rest)) == emitted - events.dropped, "one was lost or came twice"
        assert rest == sorted(rest)
        assert readers > 1 or seen + rest == sorted(seen + rest), "one reader sees one order"

    run(main)
