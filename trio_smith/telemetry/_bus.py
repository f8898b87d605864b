"""Hand each event to every subscriber, at once and in one order for all, hurting nobody."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from ._errors import EventFeedback

E = TypeVar("E")

MOST_CAUSED: Final = 1_000
"""How many events subscribers may cause, directly and through each other, while one emit runs."""


class Subscription:
    """One callback's place on a bus, until it is cancelled."""

    __slots__ = ("_drop", "cancelled", "failures")

    def __init__(self, drop: Callable[[Subscription], None]) -> None:
        self._drop = drop
        self.cancelled: bool = False
        self.failures: int = 0
        """How often the callback raised or was stopped from feeding back."""

    def cancel(self) -> None:
        """Call the callback no more, not even for an event that is on its way; harmless when repeated."""
        if not self.cancelled:
            self.cancelled = True
            self._drop(self)


class Bus(Generic[E]):
    """Synchronous publishing of events of one type, within one thread.

    What a subscriber raises is counted and goes no further: neither who emits nor who listens is hurt by it.
    Only KeyboardInterrupt, SystemExit and whatever else is no `Exception` leave `emit`, after all subscribers
    were served (of several, the first).

    *on_failure* is told of the first failure of each subscription; if it raises itself, nobody hears of that.
    Nothing is kept for those who come late, unless `keep` says so.
    """

    __slots__ = ("_caused", "_current", "_kept", "_on_failure", "_subscribers", "_waiting", "active")

    def __init__(self, *, on_failure: Callable[[Subscription, Exception], None] | None = None) -> None:
        self.active: bool = False
        """Whether anybody listens, or events are kept. Read it to save building one for nobody."""
        self._on_failure = on_failure
        # Replaced whole, never changed in place: an emit under way keeps the subscribers that it began with.
        self._subscribers: tuple[tuple[Subscription, Callable[[E], None]], ...] = ()
        self._waiting: deque[tuple[E, tuple[tuple[Subscription, Callable[[E], None]], ...]]] = deque()
        self._current: Subscription | None = None
        self._caused = 0
        self._kept: deque[E] | None = None

    def keep(self, capacity: int) -> None:
        """Keep the latest *capacity* events from now on, for those who subscribe with ``replay=True``.

        Of those kept already the latest stay. 0 keeps none, as at first: then an event that nobody listens
        to costs nothing.

        Raises:
            ValueError: *capacity* is negative.
        """
        if capacity < 0:
            raise ValueError(f"a bus keeps 0 events or more, not {capacity!r}")
        self._kept = deque(self._kept or (), maxlen=capacity) if capacity else None
        self._note_active()

    def kept(self) -> tuple[E, ...]:
        """Return the events that are kept, the oldest first."""
        return tuple(self._kept or ())

    def subscribe(
        self,
        callback: Callable[[E], None],
        *,
        where: Callable[[E], bool] | None = None,
        replay: bool = False,
    ) -> Subscription:
        """Call *callback* with each event emitted from now on, after those who subscribed before.

        The callback runs inside `emit` and should be quick; one that needs time takes a stream instead.
        To subscribe and to cancel takes time in proportion to the subscribers: meant for tens of them.

        With *where* it is called only with the events for which that is true; what *where* raises counts as
        raised by the callback. With *replay* it is called first with the events that are kept: before this
        returns, or, inside another callback, after the event in hand. It misses none and gets none twice.
        """
        subscription = Subscription(self._drop)
        chosen = callback if where is None else _only(callback, where)
        self._subscribers = (*self._subscribers, (subscription, chosen))
        self.active = True
        if replay and self._kept:
            self._waiting.extend((event, ((subscription, chosen),)) for event in self._kept)
            if self._current is None:
                self._deliver()
        return subscription

    def emit(self, event: E) -> None:
        """Hand *event* to every subscriber before returning.

        When a subscriber calls this, its event waits until all have seen the one in hand, so that all see
        one order; the call returns at once. At most `MOST_CAUSED` such events follow one from outside: the
        rest are dropped and counted as failures of the subscribers that emitted them.
        """
        if not self.active:
            return
        if self._current is not None:
            if self._caused >= MOST_CAUSED:
                self._failed(self._current, EventFeedback(caused=self._caused))
                return
            self._caused += 1
        if self._kept is not None:
            self._kept.append(event)
        self._waiting.append((event, self._subscribers))
        if self._current is None:
            self._deliver()

    def _deliver(self) -> None:
        interruption: BaseException | None = None
        try:
            while self._waiting:
                event, subscribers = self._waiting.popleft()
                for subscription, callback in subscribers:
                    if subscription.cancelled:
                        continue
                    self._current = subscription
                    try:
                        self._hand(event, subscription, callback)
                    except BaseException as error:  # noqa: ASYNC103, BLE001 - raised again once all were served
                        if interruption is None:
                            interruption = error
        finally:
            # Also when an interrupt arrives in these very lines: the bus must not stay deaf.
            self._current = None
            self._caused = 0
        if interruption is not None:
            raise interruption

    def _hand(self, event: E, subscription: Subscription, callback: Callable[[E], None]) -> None:
        try:
            callback(event)
        except Exception as error:  # noqa: BLE001 - this wall is what a bus is for
            self._failed(subscription, error)
        except BaseException:
            subscription.failures += 1
            raise

    def _failed(self, subscription: Subscription, error: Exception) -> None:
        subscription.failures += 1
        if subscription.failures == 1 and self._on_failure is not None:
            # If the one who is told of failures fails, there is nobody left to tell.
            with contextlib.suppress(Exception):
                self._on_failure(subscription, error)

    def _drop(self, gone: Subscription) -> None:
        self._subscribers = tuple(pair for pair in self._subscribers if pair[0] is not gone)
        self._note_active()

    def _note_active(self) -> None:
        self.active = bool(self._subscribers) or self._kept is not None


def _only(callback: Callable[[E], None], where: Callable[[E], bool]) -> Callable[[E], None]:
    def chosen(event: E) -> None:
        if where(event):
            callback(event)

    return chosen
