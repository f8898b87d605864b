"""A mailbox as a pair of Trio channels: the contract of ``trio.open_memory_channel``, with policies and two lanes."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

import outcome
import trio
from trio.lowlevel import (
    Abort,
    RaiseCancelT,
    Task,
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    current_task,
    enable_ki_protection,
    reschedule,
    wait_task_rescheduled,
)

from ..errors import MisuseError
from ._mailbox import Mailbox
from ._overflow import Lane, Offer, Overflow
from ._statistics import MailboxStatistics

T = TypeVar("T")
SendT_contra = TypeVar("SendT_contra", contravariant=True)
ReceiveT_co = TypeVar("ReceiveT_co", covariant=True)


class BadCapacity(MisuseError, ValueError):
    """A mailbox was asked for with a bound that cannot be."""

    fix = "Give a whole number from 0; from 1 if the policy drops messages."

    def __init__(self, *, capacity: object, overflow: Overflow) -> None:
        self.capacity, self.overflow = capacity, overflow
        super().__init__(what="cannot make a mailbox", why=f"capacity {capacity!r} with {overflow}")


class _Box(Mailbox):
    """The shared middle of a pair: a mailbox whose receivers are parked tasks, served in turn."""

    __slots__ = ("open_receivers", "open_senders", "receivers")

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        super().__init__(capacity, overflow)
        self.queue = deque()
        self.system_lane = deque()
        self.receivers: dict[Task, None] = {}
        self.open_senders = self.open_receivers = 0
        self.relimit()

    def give(self, item: object, lane: Lane) -> Offer:
        """Hand *item* to the receiver that has waited longest, or queue it."""
        if self.receivers:
            task = next(iter(self.receivers))
            del self.receivers[task]
            self.received += lane is Lane.USER
            reschedule(task, outcome.Value(item))
            return Offer.TAKEN
        if lane is Lane.USER:
            return self.offer(item)
        assert self.system_lane is not None
        if len(self.system_lane) >= max(1, self.capacity):
            return Offer.FULL
        self.system_lane.append(item)
        return Offer.TAKEN

    def take(self) -> object:
        """Take the next item: system lane first, then in order of arrival."""
        if self.system_lane:
            return self.system_lane.popleft()
        if self.senders and not self.queue:
            self.admit()  # capacity 0: from hand to hand
        if not self.queue:
            raise (trio.WouldBlock if self.open_senders else trio.EndOfChannel)
        self.note_peak()
        item = self.queue.popleft()
        self.received += 1
        if self.senders and self.capacity:
            self.admit()
        return item


class MailboxSender(trio.abc.SendChannel[SendT_contra], Generic[SendT_contra]):
    """The sending end; `clone` gives further ones, the mailbox ends when all are closed."""

    def __init__(self, box: _Box) -> None:
        self._box = box
        self._closed = False
        box.open_senders += 1

    def _check(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError
        if not self._box.open_receivers:
            raise trio.BrokenResourceError

    @enable_ki_protection
    def send_nowait(self, value: SendT_contra, *, lane: Lane = Lane.USER) -> None:
        """Send *value* without waiting.

        Raises:
            trio.WouldBlock: There is no room, and the policy is to wait or to refuse.
            trio.BrokenResourceError: The receiving end is closed.
            trio.ClosedResourceError: This end is closed.
        """
        self._check()
        if self._box.give(value, lane) is Offer.FULL:
            raise trio.WouldBlock

    @enable_ki_protection
    async def send(self, value: SendT_contra) -> None:
        """Send *value* in the user lane; at the bound, do what the policy says.

        Raises what `send_nowait` raises, but for `trio.WouldBlock` under the policy to wait.

        Cancellation: a full checkpoint; atomic: when cancelled, nothing was sent.
        """
        await checkpoint_if_cancelled()
        self._check()
        box = self._box
        if box.give(value, Lane.USER) is not Offer.FULL:
            await cancel_shielded_checkpoint()
        elif box.overflow is Overflow.WAIT:
            await box.wait_for_room(value)
        else:
            raise trio.WouldBlock

    @enable_ki_protection
    def clone(self) -> MailboxSender[SendT_contra]:
        """Return another sending end of the same mailbox."""
        if self._closed:
            raise trio.ClosedResourceError
        return MailboxSender(self._box)

    @enable_ki_protection
    def close(self) -> None:
        """Close this end; when it is the last one, receivers get what is left and then the end."""
        if self._closed:
            return
        self._closed = True
        box = self._box
        box.open_senders -= 1
        if not box.open_senders:
            receivers, box.receivers = box.receivers, {}
            for task in receivers:
                reschedule(task, outcome.Error(trio.EndOfChannel()))

    async def aclose(self) -> None:
        """Close this end; a checkpoint. Cancellation: it is closed all the same."""
        self.close()
        await trio.lowlevel.checkpoint()

    def __enter__(self) -> MailboxSender[SendT_contra]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def statistics(self) -> MailboxStatistics:
        """Return the numbers of this moment."""
        return self._box.statistics()


class MailboxReceiver(trio.abc.ReceiveChannel[ReceiveT_co], Generic[ReceiveT_co]):
    """The receiving end; iterate over it, or `receive`."""

    def __init__(self, box: _Box) -> None:
        self._box = box
        self._closed = False
        box.open_receivers += 1

    @enable_ki_protection
    def receive_nowait(self) -> ReceiveT_co:
        """Return the next message without waiting.

        Raises:
            trio.WouldBlock: There is none now.
            trio.EndOfChannel: There is none and all sending ends are closed.
            trio.ClosedResourceError: This end is closed.
        """
        if self._closed:
            raise trio.ClosedResourceError
        return self._box.take()  # type: ignore[return-value]

    @enable_ki_protection
    async def receive(self) -> ReceiveT_co:
        """Return the next message, waiting for it if need be.

        Raises:
            trio.EndOfChannel: There is none and all sending ends are closed.
            trio.ClosedResourceError: This end is closed.

        Cancellation: a full checkpoint; atomic: when cancelled, nothing was received.
        """
        await checkpoint_if_cancelled()
        try:
            value = self.receive_nowait()
        except trio.WouldBlock:
            pass
        else:
            await cancel_shielded_checkpoint()
            return value
        task, receivers = current_task(), self._box.receivers
        receivers[task] = None

        def abort(_: RaiseCancelT) -> Abort:
            del receivers[task]
            return Abort.SUCCEEDED

        return await wait_task_rescheduled(abort)  # type: ignore[no-any-return]

    @enable_ki_protection
    def clone(self) -> MailboxReceiver[ReceiveT_co]:
        """Return another receiving end of the same mailbox; each message goes to one of them."""
        if self._closed:
            raise trio.ClosedResourceError
        return MailboxReceiver(self._box)

    @enable_ki_protection
    def close(self) -> None:
        """Close this end; when it is the last one, senders get `trio.BrokenResourceError`."""
        if self._closed:
            return
        self._closed = True
        self._box.open_receivers -= 1
        if not self._box.open_receivers:
            self._box.close()

    async def aclose(self) -> None:
        """Close this end; a checkpoint. Cancellation: it is closed all the same."""
        self.close()
        await trio.lowlevel.checkpoint()

    def __enter__(self) -> MailboxReceiver[ReceiveT_co]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def statistics(self) -> MailboxStatistics:
        """Return the numbers of this moment."""
        return self._box.statistics()


def open_mailbox(
    capacity: int, *, overflow: Overflow = Overflow.WAIT
) -> tuple[MailboxSender[T], MailboxReceiver[T]]:
    """Return the two ends of a new mailbox that holds at most *capacity* messages in its user lane.

    They behave as the two ends of ``trio.open_memory_channel(capacity)`` do, and besides: the
    system lane (``send_nowait(..., lane=Lane.SYSTEM)``, at most ``max(1, capacity)`` items) is
    received first, and *overflow* says what happens at the bound.

    Raises:
        BadCapacity: *capacity* is no whole number from 0, or 0 with a policy that drops.
    """
    drops = overflow in (Overflow.DROP_OLDEST, Overflow.DROP_NEWEST)
    if type(capacity) is not int or capacity < (1 if drops else 0):
        raise BadCapacity(capacity=capacity, overflow=overflow)
    box = _Box(capacity, overflow)
    return MailboxSender(box), MailboxReceiver(box)
