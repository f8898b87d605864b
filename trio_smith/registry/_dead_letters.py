"""Keep the latest messages that nobody handled, count them all, and tell who wants to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType

from trio_smith.telemetry import Bus, DeadLetter, DeadLetterReason, EventStream, Fingerprint, Subscription


class DeadLetters:
    """The dead letters of one system: a `DeadLetterSink` that keeps the latest *capacity* of them.

    *clock* returns the time in seconds; *on_failure* is told of the first failure of each subscriber.
    """

    __slots__ = ("_bus", "_clock", "_counts", "_kept", "counts", "total")

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        capacity: int = 1000,
        on_failure: Callable[[Subscription, Exception], None] | None = None,
    ) -> None:
        """Raise ValueError unless *capacity* is 1 or more."""
        if capacity < 1:
            raise ValueError(f"dead letters need room for 1 or more, not {capacity!r}")
        self._clock = clock
        self._kept: deque[DeadLetter] = deque(maxlen=capacity)
        self._bus: Bus[DeadLetter] = Bus(on_failure=on_failure)
        self._counts = dict.fromkeys(DeadLetterReason, 0)
        self.counts: Mapping[DeadLetterReason, int] = MappingProxyType(self._counts)
        """How many there have been for each reason, kept or not; a live view."""
        self.total: int = 0
        """How many there have been, kept or not."""

    def record(
        self,
        message: object,
        *,
        recipient: str,
        reason: DeadLetterReason,
        fingerprint: Fingerprint | None = None,
        deliveries: int = 1,
    ) -> None:
        """Keep *message* as the latest dead letter, dropping the oldest if it is full; tell subscribers."""
        letter = DeadLetter(
            message=message,
            recipient=recipient,
            reason=reason,
            at=self._clock(),
            number=self.total + 1,
            fingerprint=fingerprint,
            deliveries=deliveries,
        )
        self.total = letter.number
        self._counts[reason] += 1
        self._kept.append(letter)
        self._bus.emit(letter)

    def snapshot(self) -> tuple[DeadLetter, ...]:
        """Return the letters that are kept, the oldest first."""
        return tuple(self._kept)

    def subscribe(self, callback: Callable[[DeadLetter], None]) -> Subscription:
        """Call *callback* inside `record` with each letter from now on; it does no harm by raising."""
        return self._bus.subscribe(callback)

    def stream(self, capacity: int = 1024) -> EventStream[DeadLetter]:
        """Return a stream, not open yet, that will hold *capacity* unread letters at most."""
        return EventStream(self._bus, capacity=capacity)

    def clear(self) -> None:
        """Let go of the letters that are kept; *total*, *counts* and the numbering go on."""
        self._kept.clear()
