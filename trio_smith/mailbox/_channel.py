"""A mailbox as a pair of Trio channels: those of ``trio.open_memory_channel`` with policies and two lanes."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar, final

import attrs
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

from ..errors import ErrorFamily, MisuseError
from ._mailbox import Mailbox, WaitingSender
from ._overflow import Lane, Offer, Overflow
from ._statistics import MailboxStatistics

T = TypeVar("T")
SendT_contra = TypeVar("SendT_contra", contravariant=True)
ReceiveT_co = TypeVar("ReceiveT_co", covariant=True)


class BadCapacity(MisuseError, ValueError):
    """A mailbox was asked for with a bound that cannot be, or with something else than a policy."""

    family = ErrorFamily.STREAM
    fix = "Give a whole number from 0 (from 1 if the policy drops messages) and a member of Overflow."

    def __init__(self, *, capacity: object, overflow: object) -> None:
        self.capacity, self.overflow = capacity, overflow
        super().__init__(what="cannot make a mailbox", why=f"capacity {capacity!r} with {overflow}")


@attrs.frozen(kw_only=True)
class ChannelStatistics(MailboxStatistics):
    """The numbers of a mailbox that is used as a pair of channels."""

    open_senders: int
    """Sending ends that are not closed."""
    open_receivers: int
    """Receiving ends that are not closed."""
    receivers_waiting: int
    """Receivers that wait for a message."""


class _WaitingSender(WaitingSender):
    """A Trio task that waits until its item is in the queue, and the end that it sends by."""

    __slots__ = ("end",)

    def __init__(self, item: object, task: Task, end: object) -> None:
        super().__init__(item, task)
        self.end = end


class _Box(Mailbox):
    """The shared middle of a pair: a mailbox whose receivers are parked tasks, served in turn."""

    __slots__ = ("open_receivers", "open_senders", "receivers")

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        super().__init__(capacity, overflow)
        self.queue = deque()
        self.system_lane = deque()
        self.receivers: dict[Task, object] = {}  # who waits, and the end that it receives by
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
        self.note_peak()
        if self.senders and not self.queue:
            self.admit()  # capacity 0: from hand to hand
        if not self.queue:
            raise (trio.WouldBlock if self.open_senders else trio.EndOfChannel)
        item = self.queue.popleft()
        self.received += 1
        if self.senders and self.capacity:
            self.admit()
        return item

    async def wait_for_room_by(self, item: object, end: object) -> None:
        """Wait as `wait_for_room` does, but no longer than *end* is open."""
        entry = _WaitingSender(item, current_task(), end)
        self.enlist(entry)

        def abort(_: RaiseCancelT) -> Abort:
            self.delist(entry)
            return Abort.SUCCEEDED

        await wait_task_rescheduled(abort)

    def leave_senders(self, end: object) -> None:
        """Send those away who wait to send by *end*, which is closed now."""
        waiting = [one for one in self.senders or () if isinstance(one, _WaitingSender)]
        for entry in (one for one in waiting if one.end is end):
            self.delist(entry)
            reschedule(entry.task, outcome.Error(trio.ClosedResourceError()))

    def leave_receivers(self, end: object) -> None:
        """Send those away who wait to receive by *end*, which is closed now."""
        for task in [task for task, by in self.receivers.items() if by is end]:
            del self.receivers[task]
            reschedule(task, outcome.Error(trio.ClosedResourceError()))

    def close(self) -> list[object]:
        """Close for good, both lanes; see `Mailbox.close`."""
        self.system_lane = None
        return super().close()

    def statistics(self) -> ChannelStatistics:
        """Return the numbers of this moment."""
        return ChannelStatistics(
            **attrs.asdict(super().statistics()),
            open_senders=self.open_senders,
            open_receivers=self.open_receivers,
            receivers_waiting=len(self.receivers),
        )


class MailboxSender(trio.abc.SendChannel[SendT_contra], Generic[SendT_contra]):
    """The sending end; `clone` gives further ones, the mailbox ends when all are closed."""

    def __init__(self, box: _Box) -> None:
        self._box = box
        self._closed = False
        box.open_senders += 1

    def __repr__(self) -> str:
        return f"<sending end at {id(self):#x} of the mailbox at {id(self._box):#x}>"

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
            await box.wait_for_room_by(value, self)
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
        """Close this end; when it is the last one, receivers get what is left and then the end.

        A `send` that waits on this very end raises `trio.ClosedResourceError`.
        """
        if self._closed:
            return
        self._closed = True
        box = self._box
        box.leave_senders(self)
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

    def statistics(self) -> ChannelStatistics:
        """Return the numbers of this moment, the same at every end."""
        return self._box.statistics()


class MailboxReceiver(trio.abc.ReceiveChannel[ReceiveT_co], Generic[ReceiveT_co]):
    """The receiving end; iterate over it, or `receive`."""

    def __init__(self, box: _Box) -> None:
        self._box = box
        self._closed = False
        box.open_receivers += 1

    def __repr__(self) -> str:
        return f"<receiving end at {id(self):#x} of the mailbox at {id(self._box):#x}>"

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
        receivers[task] = self

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
        """Close this end; when it is the last one, what waits is dropped.

        Senders get `trio.BrokenResourceError` from then on. A `receive` that waits on this very end
        raises `trio.ClosedResourceError`.
        """
        if self._closed:
            return
        self._closed = True
        self._box.leave_receivers(self)
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

    def statistics(self) -> ChannelStatistics:
        """Return the numbers of this moment, the same at every end."""
        return self._box.statistics()


@final
class open_mailbox(tuple[MailboxSender[T], MailboxReceiver[T]]):  # noqa: N801 - it is called, as trio.open_memory_channel is
    """Return the two ends of a new mailbox: ``send, receive = open_mailbox[int](16)``.

    It holds at most *capacity* messages in its user lane. The ends behave as those of
    ``trio.open_memory_channel(capacity)`` do, and besides: the system lane
    (``send_nowait(..., lane=Lane.SYSTEM)``, at most ``max(1, capacity)`` items) is received first, and
    *overflow* says what happens at the bound.

    Raises:
        BadCapacity: *capacity* is no whole number from 0, or 0 with a policy that drops; or *overflow*
            is none of `Overflow`.
    """

    __slots__ = ()

    # A class only so that the type of the messages can be given in brackets.
    def __new__(  # type: ignore[misc]  # a plain pair is returned
        cls, capacity: int, *, overflow: Overflow = Overflow.WAIT
    ) -> tuple[MailboxSender[T], MailboxReceiver[T]]:
        """Make the ends; see the class."""
        drops = overflow in (Overflow.DROP_OLDEST, Overflow.DROP_NEWEST)
        if type(capacity) is not int or capacity < (1 if drops else 0) or overflow not in tuple(Overflow):
            raise BadCapacity(capacity=capacity, overflow=overflow)
        box = _Box(capacity, overflow)
        return MailboxSender(box), MailboxReceiver(box)

    def __init__(self, capacity: int, *, overflow: Overflow = Overflow.WAIT) -> None:
        """Say to type checkers what the call takes."""
