"""The bus: one order for all, and nobody hurts anybody."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.telemetry import Bus, EventFeedback, Subscription
from trio_smith.telemetry._bus import MOST_CAUSED


def fails(event: object) -> None:
    """Be a subscriber that always raises."""
    raise RuntimeError(event)


def raiser(error: BaseException) -> Callable[[object], None]:
    """Return a subscriber that raises *error*."""

    def subscriber(event: object) -> None:
        raise error

    return subscriber


def test_every_subscriber_gets_every_event_in_order() -> None:
    """Synchronously: when emit returns, all have it; within one event, first come, first served."""
    bus: Bus[int] = Bus()
    seen: list[tuple[str, int]] = []
    bus.subscribe(lambda event: seen.append(("a", event)))
    bus.subscribe(lambda event: seen.append(("b", event)))
    bus.emit(1)
    assert seen == [("a", 1), ("b", 1)]
    bus.emit(2)
    assert seen == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_a_bus_is_active_exactly_while_somebody_listens() -> None:
    """Emitters read it to save building events for nobody."""
    bus: Bus[int] = Bus()
    active = [bus.active]
    bus.emit(1)
    one, other = bus.subscribe(fails), bus.subscribe(fails)
    active.append(bus.active)
    one.cancel()
    active.append(bus.active)
    other.cancel()
    active.append(bus.active)
    bus.emit(2)
    assert active == [False, True, True, False]
    assert (one.failures, other.failures) == (0, 0)


def test_cancelling_twice_is_harmless() -> None:
    """Also when the same callback is subscribed a second time: that one stays."""
    bus: Bus[int] = Bus()
    seen: list[int] = []
    first = bus.subscribe(seen.append)
    bus.subscribe(seen.append)
    first.cancel()
    first.cancel()
    bus.emit(1)
    assert seen == [1]
    assert first.cancelled is True


def test_a_raising_subscriber_hurts_neither_the_emitter_nor_the_others() -> None:
    """It is counted each time and reported once."""
    reports: list[tuple[Subscription, str]] = []
    bus: Bus[int] = Bus(on_failure=lambda subscription, error: reports.append((subscription, str(error))))
    seen: list[int] = []
    bad = bus.subscribe(fails)
    good = bus.subscribe(seen.append)
    for event in (1, 2, 3):
        bus.emit(event)
    assert seen == [1, 2, 3]
    assert (bad.failures, good.failures) == (3, 0)
    assert reports == [(bad, "1")]


def test_failures_are_counted_although_nobody_wants_reports() -> None:
    """Without on_failure the count is all there is."""
    bus: Bus[int] = Bus()
    bad = bus.subscribe(fails)
    bus.emit(1)
    assert bad.failures == 1


def test_a_report_that_fails_hurts_nobody_either() -> None:
    """The one who is told of failures is user code, too."""
    bus: Bus[int] = Bus(on_failure=lambda subscription, error: fails(subscription))
    seen: list[int] = []
    bad = bus.subscribe(fails)
    bus.subscribe(seen.append)
    bus.emit(1)
    assert (seen, bad.failures) == ([1], 1)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_leaves_emit_after_all_were_served(interruption: type[BaseException]) -> None:
    """Ctrl-C must end the program, and a trace must have no hole before its end."""
    reports: list[Exception] = []
    bus: Bus[int] = Bus(on_failure=lambda subscription, error: reports.append(error))
    seen: list[int] = []
    first = bus.subscribe(raiser(interruption("first")))
    second = bus.subscribe(raiser(interruption("second")))
    bus.subscribe(seen.append)
    with pytest.raises(interruption, match="first"):
        bus.emit(1)
    assert seen == [1]
    assert (first.failures, second.failures) == (1, 1)
    assert reports == []


def test_the_bus_works_on_after_an_interruption() -> None:
    """Whoever catches it finds no bus that believes it is still emitting."""
    bus: Bus[int] = Bus()
    seen: list[int] = []
    bad = bus.subscribe(raiser(KeyboardInterrupt()))
    bus.subscribe(seen.append)
    with pytest.raises(KeyboardInterrupt):
        bus.emit(1)
    bad.cancel()
    bus.emit(2)
    assert seen == [1, 2]


def test_an_interruption_in_a_report_leaves_emit_as_well() -> None:
    """Only plain exceptions of a report are swallowed."""

    def report(subscription: Subscription, error: Exception) -> None:
        raise KeyboardInterrupt

    bus: Bus[int] = Bus(on_failure=report)
    seen: list[int] = []
    bad = bus.subscribe(fails)
    bus.subscribe(seen.append)
    with pytest.raises(KeyboardInterrupt):
        bus.emit(1)
    assert (seen, bad.failures) == ([1], 1)


def test_events_caused_by_an_interrupted_event_are_delivered_before_it_leaves() -> None:
    """Nothing is left behind for a later emit."""
    bus: Bus[int] = Bus()
    seen: list[int] = []

    def subscriber(event: int) -> None:
        if event == 1:
            bus.emit(2)
            raise KeyboardInterrupt

    bus.subscribe(subscriber)
    bus.subscribe(seen.append)
    with pytest.raises(KeyboardInterrupt):
        bus.emit(1)
    assert seen == [1, 2]


def test_an_event_emitted_by_a_subscriber_comes_after_the_one_in_hand_for_all() -> None:
    """Were it nested, those behind would see the effect before its cause."""
    bus: Bus[str] = Bus()
    seen: list[str] = []

    def echo(event: str) -> None:
        if event == "cause":
            bus.emit("effect")
            seen.append("emit returned")

    bus.subscribe(echo)
    bus.subscribe(seen.append)
    bus.emit("cause")
    assert seen == ["emit returned", "cause", "effect"]


def test_a_subscriber_that_feeds_back_for_ever_is_stopped_and_counted() -> None:
    """The emitter gets its task back; others see a bounded number of events; it can emit again later."""
    reports: list[tuple[Subscription, Exception]] = []
    bus: Bus[int] = Bus(on_failure=lambda subscription, error: reports.append((subscription, error)))
    seen: list[int] = []
    loop = bus.subscribe(lambda event: bus.emit(event + 1))
    bus.subscribe(seen.append)
    bus.emit(0)
    assert seen == list(range(MOST_CAUSED + 1))
    assert loop.failures == 1
    assert [(who, type(error)) for who, error in reports] == [(loop, EventFeedback)]
    bus.emit(0)
    assert len(seen) == 2 * (MOST_CAUSED + 1)
    assert loop.failures == 2


def test_a_report_may_emit_an_event_about_the_failure() -> None:
    """So a failing exporter becomes visible to the others."""
    bus: Bus[object] = Bus(on_failure=lambda subscription, error: bus.emit(error))
    seen: list[object] = []
    bad = bus.subscribe(fails)
    bus.subscribe(seen.append)
    bus.emit("event")
    assert [type(event) for event in seen] == [str, RuntimeError]
    assert bad.failures == 2


def test_one_cancelled_during_an_emit_is_not_called_any_more() -> None:
    """After cancel returns, the callback may free what it uses."""
    bus: Bus[int] = Bus()
    seen: list[int] = []
    bus.subscribe(lambda event: late.cancel())
    late = bus.subscribe(seen.append)
    bus.emit(1)
    bus.emit(2)
    assert seen == []


def test_one_may_cancel_itself_during_an_emit() -> None:
    """A subscriber that waits for one event; those behind it miss nothing."""
    bus: Bus[int] = Bus()
    once: list[int] = []
    always: list[int] = []

    def first_only(event: int) -> None:
        once.append(event)
        subscription.cancel()

    subscription = bus.subscribe(first_only)
    bus.subscribe(always.append)
    bus.emit(1)
    bus.emit(2)
    assert (once, always) == ([1], [1, 2])


def test_one_subscribed_during_an_emit_sees_what_is_emitted_afterwards() -> None:
    """Neither the event in hand nor one that waits already, though that one is delivered later."""
    bus: Bus[str] = Bus()
    seen: list[str] = []

    def subscriber(event: str) -> None:
        if event == "in hand":
            bus.emit("waiting")
            bus.subscribe(seen.append)
            bus.emit("after")

    bus.subscribe(subscriber)
    bus.emit("in hand")
    assert seen == ["after"]


class Model:
    """What a bus promises, written down naively: who was subscribed when an event was emitted gets it."""

    def __init__(self) -> None:
        self.listening: list[int] = []
        self.expected: dict[int, list[int]] = {}


@given(
    st.lists(
        st.tuples(st.sampled_from(["subscribe", "bad", "cancel", "emit"]), st.integers(0, 9)), max_size=40
    )
)
def test_whoever_listens_gets_all_events_between_subscribing_and_cancelling(
    steps: list[tuple[str, int]],
) -> None:
    """Any order of subscribing, failing, cancelling and emitting, compared with the model."""
    bus: Bus[int] = Bus()
    model = Model()
    seen: dict[int, list[int]] = {}
    subscriptions: list[Subscription] = []
    for number, (step, choice) in enumerate(steps):
        if step in ("subscribe", "bad"):
            name = len(subscriptions)
            seen[name], model.expected[name] = [], []

            def take(event: int, name: int = name, *, bad: bool = step == "bad") -> None:
                seen[name].append(event)
                if bad:
                    raise RuntimeError(event)

            subscriptions.append(bus.subscribe(take))
            model.listening.append(name)
        elif step == "cancel" and subscriptions:
            name = choice % len(subscriptions)
            subscriptions[name].cancel()
            model.listening = [other for other in model.listening if other != name]
        elif step == "emit":
            bus.emit(number)
            for name in model.listening:
                model.expected[name].append(number)
        assert bus.active == bool(model.listening)
        assert seen == model.expected
