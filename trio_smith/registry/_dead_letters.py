"""Keep the latest messages that nobody handled, count all, tell who wants to know, and send them again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from trio.lowlevel import enable_ki_protection

from trio_smith.telemetry import Bus, DeadLetter, DeadLetterReason, EventStream, Fingerprint, Subscription

from ..actor import ActorStopped, MailboxFull, NotUnderstood, Ref
from ..actor._unprotected import call
from ._replayed import Replayed


def _finds_nobody(_path: str) -> None:
    return None


class DeadLetters:
    """The dead letters of one system: a `DeadLetterSink` that keeps the latest *capacity* of them.

    *clock* returns the time in seconds; *on_failure* is told of the first failure of each subscriber; *find*
    returns the actor at a path, or None.
    """

    __slots__ = (
        "_bus",
        "_clock",
        "_counts",
        "_find",
        "_kept",
        "_replaying",
        "_sent_again",
        "counts",
        "replayed",
        "total",
    )

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        capacity: int = 1000,
        on_failure: Callable[[Subscription, Exception], None] | None = None,
        find: Callable[[str], Ref[Any] | None] = _finds_nobody,
    ) -> None:
        """Raise ValueError unless *capacity* is 1 or more."""
        if capacity < 1:
            raise ValueError(f"dead letters need room for 1 or more, not {capacity!r}")
        self._clock, self._find = clock, find
        self._kept: deque[DeadLetter] = deque(maxlen=capacity)
        self._sent_again: set[int] = set()  # the numbers of those among the kept
        self._replaying = False
        self._bus: Bus[DeadLetter] = Bus(on_failure=on_failure)
        self._counts = dict.fromkeys(DeadLetterReason, 0)
        self.counts: Mapping[DeadLetterReason, int] = MappingProxyType(self._counts)
        """How many there have been for each reason, kept or not; a live view."""
        self.total: int = 0
        """How many there have been, kept or not."""
        self.replayed: int = 0
        """How many were sent again, each time counted."""

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
        if self._sent_again and len(self._kept) == self._kept.maxlen:
            self._sent_again.discard(self._kept[0].number)
        self._kept.append(letter)
        self._bus.emit(letter)

    def snapshot(self, reason: DeadLetterReason | None = None) -> tuple[DeadLetter, ...]:
        """Return the letters that are kept, or those of one *reason*, the oldest first."""
        return tuple(letter for letter in self._kept if reason is None or letter.reason is reason)

    def subscribe(
        self, callback: Callable[[DeadLetter], None], *, reason: DeadLetterReason | None = None
    ) -> Subscription:
        """Call *callback* inside `record` with each letter, or with those of one *reason*, from now on.

        It does no harm by raising.
        """
        return self._bus.subscribe(callback, where=_of_reason(reason))

    def stream(
        self, capacity: int = 1024, *, reason: DeadLetterReason | None = None
    ) -> EventStream[DeadLetter]:
        """Return a stream, not open yet, that will hold *capacity* unread letters at most."""
        return EventStream(self._bus, capacity=capacity, where=_of_reason(reason))

    @enable_ki_protection
    def replay(
        self,
        *,
        where: Callable[[DeadLetter], bool] | None = None,
        to: Ref[Any] | None = None,
        again: bool = False,
    ) -> Replayed:
        """Send the letters that are kept once more, the oldest first, each to who lives at its path now.

        Only those for which *where* is true, if it is given; *to* is an actor that gets them all instead. A
        letter is sent again at most once, unless with *again*. Never waits: a letter whose recipient has no
        room, or is gone, stays as it was. What was asked is told: its asker has its error already. A message
        that dies once more is a new letter.

        Nothing was sent if *where* raises. One who hears of a letter in the midst of this, and asks for the
        same, has nothing sent: it would never end.
        """
        if self._replaying:
            return Replayed()
        chosen = [
            letter
            for letter in tuple(self._kept)
            if (again or letter.number not in self._sent_again) and (where is None or call(where, letter))
        ]
        self._replaying = True
        try:
            return Replayed(**Counter(self._send(letter, to) for letter in chosen))
        finally:
            self._replaying = False

    def _send(self, letter: DeadLetter, to: Ref[Any] | None) -> str:
        ref = to if to is not None else self._find(letter.recipient)
        try:
            if ref is None:
                return "gone"
            ref.tell_nowait(letter.message)
        except ActorStopped:
            return "gone"
        except MailboxFull:
            return "full"
        except NotUnderstood:
            return "not_understood"
        self.replayed += 1
        if self._kept and letter.number >= self._kept[0].number:  # else it was pushed out meanwhile
            self._sent_again.add(letter.number)
        return "sent"

    def clear(self) -> None:
        """Let go of the letters that are kept; *total*, *counts* and the numbering go on."""
        self._kept.clear()
        self._sent_again.clear()


def _of_reason(reason: DeadLetterReason | None) -> Callable[[DeadLetter], bool] | None:
    return None if reason is None else lambda letter: letter.reason is reason
