"""The event bus is a bus that can be followed from an async loop."""

import trio
import trio.testing

from trio_smith.telemetry import Bus, EventBus, Subscription


def test_callbacks_and_streams_see_the_same_events() -> None:
    """One system, one bus; events of any class."""

    async def main() -> None:
        bus = EventBus()
        seen: list[object] = []
        bus.subscribe(seen.append)
        async with bus.stream() as events:
            for event in (1, "two", 3.0):
                bus.emit(event)
            with trio.fail_after(1):
                followed = [await anext(events) for _ in range(3)]
        assert followed == seen == [1, "two", 3.0]
        assert isinstance(bus, Bus)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_streams_capacity_is_passed_on() -> None:
    """The default has room for 1,024 events."""

    async def main() -> None:
        bus = EventBus()
        async with bus.stream() as large, bus.stream(capacity=2) as small:
            for event in range(1025):
                bus.emit(event)
            assert (large.dropped, small.dropped) == (1, 1023)

    trio.run(main)


def test_failures_are_reported_as_on_any_bus() -> None:
    """The argument reaches the bus."""
    reports: list[tuple[Subscription, str]] = []
    bus = EventBus(on_failure=lambda subscription, error: reports.append((subscription, str(error))))

    def fails(event: object) -> None:
        raise RuntimeError(event)

    bad = bus.subscribe(fails)
    bus.emit("event")
    assert reports == [(bad, "event")]
