"""The bounded queue of messages that an actor reads: a record with one comparison on its fast path.

Whoever sends does, in line, ``if len(box.queue) < box.limit: box.queue.append(item)`` and wakes
``box.waiter``; everything exceptional (closed, senders waiting for room, a receiver to be handed
the item, a queue that was never used) lowers ``limit`` to 0 and so leads to `Mailbox.offer`.
Nothing here awaits but `Mailbox.wait_for_room`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

import outcome
import trio
from trio.lowlevel import Abort, RaiseCancelT, Task, current_task, reschedule, wait_task_rescheduled

from ._overflow import Offer, Overflow
from ._statistics import MailboxStatistics

# A mailbox that was never sent to holds no deque: an empty one weighs 760 bytes, a fifth of an idle actor.
_UNUSED: deque[Any] = deque(maxlen=0)


class Waiting(Protocol):
    """A sender that waits for room."""

    def admit(self) -> object:
        """Return the item that goes into the queue now; its sender need not wait any longer."""
        ...

    def refuse(self) -> Sequence[object] | None:
        """Tell the sender that there will never be room; return what it leaves to be given up."""
        ...


class WaitingSender:
    """A Trio task that waits until its item is in the queue."""

    __slots__ = ("item", "task")

    def __init__(self, item: object, task: Task) -> None:
        self.item, self.task = item, task

    def admit(self) -> object:
        """Wake the sender: its item is in."""
        reschedule(self.task)
        return self.item

    def refuse(self) -> None:
        """Wake the sender with the channel's error for "nobody will ever receive"."""
        reschedule(self.task, outcome.Error(trio.BrokenResourceError()))


class Mailbox:
    """The record. Single receiver; any number of senders; not for other threads."""

    __slots__ = (
        "capacity",
        "closed",
        "dropped",
        "limit",
        "overflow",
        "peak",
        "queue",
        "received",
        "senders",
        "system_lane",
        "waiter",
        "withdrawals",
        "withdrawn",
    )

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        self.capacity, self.overflow = capacity, overflow
        self.queue: deque[Any] = _UNUSED
        self.limit = 0
        self.system_lane: deque[Any] | None = None
        self.senders: dict[Waiting, None] | None = None
        self.waiter: Task | None = None
        self.closed = False
        self.peak = self.received = self.dropped = 0
        self.withdrawn = self.withdrawals = 0  # still in the queue; in all

    # What a sender does off the fast path ------------------------------------------------

    def offer(self, item: object) -> Offer:
        """Take *item*, drop one by the policy, or say why not; never waits."""
        if self.closed:
            return Offer.CLOSED
        if self.queue is _UNUSED:
            self.queue = deque()
            self.relimit()
        if not self.senders:
            if self.has_room():
                self.queue.append(item)
                self.wake()
                return Offer.TAKEN
            if self.overflow is Overflow.DROP_OLDEST:
                oldest = self._take_oldest()
                self.queue.append(item)
                self.discarded(oldest)  # last: whoever hears of it may send at once
                return Offer.TAKEN
            if self.overflow is Overflow.DROP_NEWEST:
                self.dropped += 1
                return Offer.DROPPED
        return Offer.FULL

    def has_room(self) -> bool:
        """Tell whether one more item may enter; a mailbox of capacity 0 has room for a waiting receiver."""
        depth = len(self.queue) - self.withdrawn
        return depth < self.capacity or (self.capacity == 0 and depth == 0 and self.waiter is not None)

    async def wait_for_room(self, item: object) -> None:
        """Wait until *item* is in the queue, behind all who wait already.

        Raises:
            trio.BrokenResourceError: The mailbox was closed meanwhile.

        Cancellation: atomic; when cancelled, *item* has not entered.
        """
        entry = WaitingSender(item, current_task())
        self.enlist(entry)

        def abort(_: RaiseCancelT) -> Abort:
            self.delist(entry)
            return Abort.SUCCEEDED

        await wait_task_rescheduled(abort)

    def enlist(self, entry: Waiting) -> None:
        """Put *entry* behind the senders that wait for room."""
        if self.senders is None:
            self.senders = {}
        self.senders[entry] = None
        self.limit = 0  # nobody overtakes a waiting sender

    def delist(self, entry: Waiting) -> None:
        """Forget a waiting sender."""
        assert self.senders is not None
        del self.senders[entry]
        self.relimit()

    def wake(self) -> None:
        """Wake the receiver if it is parked."""
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            reschedule(waiter)

    # What the receiver does --------------------------------------------------------------

    def admit(self) -> None:
        """Move items of waiting senders into the queue while there is room."""
        senders = self.senders
        assert senders is not None
        while senders and (self.has_room() or (self.capacity == 0 and not self.queue)):
            entry = next(iter(senders))
            del senders[entry]
            self.queue.append(entry.admit())
        self.relimit()

    def note_peak(self) -> None:
        """Remember the largest depth; the receiver calls it before it takes an item out."""
        self.peak = max(self.peak, len(self.queue) - self.withdrawn)

    def relimit(self) -> None:
        """Set the length at which the fast path ends."""
        exceptional = self.closed or self.senders or self.queue is _UNUSED
        self.limit = 0 if exceptional else self.capacity + self.withdrawn

    def close(self) -> list[Any]:
        """Close for good; return the items of the user lane that nobody will receive, oldest first.

        They count as dropped. Senders that wait for room are refused, and what they leave comes last.
        """
        self.closed = True
        self.limit = 0
        self.note_peak()
        left = list(self.queue)
        self.queue.clear()  # the receiver may be in the middle of it
        self.dropped += len(left) - self.withdrawn
        self.withdrawn = 0
        self.queue = _UNUSED
        senders, self.senders = self.senders, None
        for entry in senders or ():
            left.extend(entry.refuse() or ())
        return left

    def reopen(self) -> None:
        """Take messages again after a close."""
        self.closed = False
        self.relimit()

    def statistics(self) -> MailboxStatistics:
        """Return the numbers of this moment."""
        self.note_peak()
        depth = len(self.queue) - self.withdrawn
        return MailboxStatistics(
            capacity=self.capacity,
            depth=depth,
            peak=self.peak,
            sent=self.received + self.dropped + self.withdrawals + depth,
            received=self.received,
            dropped=self.dropped,
            withdrawn=self.withdrawals,
            system_depth=len(self.system_lane or ()),
            senders_waiting=len(self.senders or ()),
        )

    # Withdrawal --------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Note that one item of the queue was taken back by its sender; the receiver will skip it."""
        self.note_peak()
        self.withdrawn += 1
        self.withdrawals += 1
        # Withdrawn items do not occupy the bound, so without this a sender that keeps giving up
        # on a receiver that hangs would grow the queue for ever.
        if self.withdrawn > max(self.capacity, 64):
            self.purge()
        if self.senders:
            self.admit()
        else:
            self.relimit()

    def purge(self) -> None:
        """Take withdrawn items out of the queue, in place (the receiver holds on to the deque)."""
        live = [item for item in self.queue if not self.is_withdrawn(item)]
        self.queue.clear()
        self.queue.extend(live)
        self.withdrawn = 0

    def is_withdrawn(self, _item: object) -> bool:
        """Tell whether the sender took *item* back; the plain mailbox knows no such items."""
        return False

    def discarded(self, item: object) -> None:
        """Hook: *item* was dropped to make room."""

    def _take_oldest(self) -> object:
        self.note_peak()
        while self.is_withdrawn(oldest := self.queue.popleft()):
            self.withdrawn -= 1
        self.dropped += 1
        self.relimit()
        return oldest
