"""One actor's subscription to a pattern of topics: its policy, its backlog and its numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import assert_never

import attrs
import trio
from trio.lowlevel import enable_ki_protection

from ..actor import Cell, Lagged
from ..actor._system_call import SystemCall
from ..mailbox import Offer, Overflow
from ..telemetry import DeadLetterReason, SubscriberLagged


class Fate(Enum):
    """What became of one message for one subscription."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    DROPPED = "dropped"
    UNWANTED = "unwanted"


# Module globals: an attribute of an Enum class costs three times as much.
DELIVERED, WAITING, DROPPED, UNWANTED = Fate


@attrs.frozen(kw_only=True)
class SubscriptionStatistics:
    """The numbers of one subscription; ``delivered + waiting + dropped`` is what was published for it."""

    delivered: int
    waiting: int
    dropped: int
    backlog: int
    """How many may wait."""


class TopicSubscription:
    """Made by `Topics.subscribe`; it lasts until it is cancelled, or its actor takes no more messages.

    To the subscriber's mailbox it is a sender that waits for room: what waits in its backlog is let in one
    message at a time, in order, in turn with others who wait. So it needs no Trio task.
    """

    __slots__ = (
        "_backlog",
        "_delivered",
        "_drop",
        "_dropped",
        "_has_room",
        "_waits",
        "active",
        "backlog",
        "cell",
        "messages",
        "number",
        "overflow",
        "pattern",
    )

    def __init__(
        self,
        cell: Cell,
        pattern: str,
        *,
        messages: tuple[type, ...],
        overflow: Overflow,
        backlog: int,
        number: int,
        drop: Callable[[TopicSubscription], None],
    ) -> None:
        self.cell, self.pattern, self.messages = cell, pattern, messages
        self.overflow, self.backlog, self.number = overflow, backlog, number
        self._drop = drop
        self.active: bool = True
        """Whether messages are still delivered."""
        self._backlog: deque[object] = deque()
        self._delivered = self._dropped = 0
        self._waits = False  # in the line of those who wait for room in the mailbox
        self._has_room: trio.Event | None = None

    def __repr__(self) -> str:
        return f"<TopicSubscription of {self.cell.path_text} to {self.pattern}>"

    def statistics(self) -> SubscriptionStatistics:
        """Return the numbers of this moment."""
        return SubscriptionStatistics(
            delivered=self._delivered,
            waiting=len(self._backlog),
            dropped=self._dropped,
            backlog=self.backlog,
        )

    @enable_ki_protection
    def cancel(self) -> None:
        """Deliver nothing more; what waits in the backlog becomes dead letters. Harmless when repeated.

        What is in the subscriber's mailbox already stays there.
        """
        if self.active:
            self._drop(self)
            self.leave()
            self._give_up()

    # For the topics ----------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Tell whether a publisher who wants to lose nothing has to wait for this one."""
        return self.active and self.overflow is Overflow.WAIT and len(self._backlog) >= self.backlog

    async def wait_room(self) -> None:
        """Wait until the backlog has become shorter, or the subscription has ended."""
        if self._has_room is None:
            self._has_room = trio.Event()
        await self._has_room.wait()

    def leave(self) -> None:
        """Take no further messages. What waits is still let in if the actor drains its mailbox."""
        self.active = False
        self._tell_room()

    def offer(self, message: object) -> Fate:
        """Deliver *message*, or do by the policy what is done without room."""
        cell, kind = self.cell, type(message)
        if self.messages and not isinstance(message, self.messages):
            return UNWANTED
        if kind not in cell.table and not cell.understands(kind):
            return self._lose(message, DeadLetterReason.NOT_HANDLED)
        if len(cell.queue) < cell.limit:  # the fast path of a tell; closed while something waits here
            cell.queue.append(message)
            cell.wake()
            self._delivered += 1
            return DELIVERED
        if not self._backlog:
            match cell.offer(message):
                case Offer.TAKEN:
                    self._delivered += 1
                    return DELIVERED
                case Offer.DROPPED:  # by the policy of the mailbox itself
                    return self._lose(message, DeadLetterReason.OVERFLOW)
                case Offer.FULL:
                    pass
                case Offer.CLOSED:
                    raise AssertionError("a subscription ends when the mailbox closes")
        return self._without_room(message)

    def _without_room(self, message: object) -> Fate:
        match self.overflow:
            case Overflow.WAIT:
                if len(self._backlog) < self.backlog:
                    return self._hold(message)
                return self._lose(message, DeadLetterReason.OVERFLOW)
            case Overflow.DROP_OLDEST:
                oldest = self._backlog.popleft() if len(self._backlog) >= self.backlog else None
                self._hold(message)
                if oldest is not None:  # last: whoever hears of it may publish at once
                    self._lose(oldest, DeadLetterReason.OVERFLOW)
                return WAITING
            case Overflow.DROP_NEWEST:
                return self._lose(message, DeadLetterReason.OVERFLOW)
            case Overflow.REFUSE:
                self._refuse_to_lag()
                return self._lose(message, DeadLetterReason.OVERFLOW)
            case _:
                assert_never(self.overflow)

    def _hold(self, message: object) -> Fate:
        self._backlog.append(message)
        if not self._waits:
            self._waits = True
            self.cell.enlist(self)
        return WAITING

    def _lose(self, message: object, reason: DeadLetterReason) -> Fate:
        self._dropped += 1
        self.cell.dead_letter(message, reason, deliveries=0)
        return DROPPED

    def _refuse_to_lag(self) -> None:
        """End, and tell the subscriber and those who observe."""
        self._drop(self)
        self.leave()
        cell = self.cell
        actor, host = cell.actor, cell.host
        if actor is not None:
            lagged = Lagged(pattern=self.pattern, delivered=self._delivered)
            cell.post(SystemCall(actor.on_lagged, (lagged,), None))
        host.system.emit(
            SubscriberLagged(
                path=host.path, id=host.path[-1], incarnation=host.incarnation, pattern=self.pattern
            )
        )

    def _give_up(self) -> None:
        if self._waits:
            self._waits = False
            self.cell.delist(self)
        left, self._backlog = self._backlog, deque()
        for message in left:
            self._lose(message, DeadLetterReason.UNSUBSCRIBED)

    def _tell_room(self) -> None:
        if self._has_room is not None:
            self._has_room.set()
            self._has_room = None

    # As one who waits for room (mailbox.Waiting) -----------------------------------------

    def admit(self) -> object:
        """Let the oldest message into the mailbox; wait on, behind others, if there are more."""
        message = self._backlog.popleft()
        self._delivered += 1
        self._waits = bool(self._backlog)
        if self._waits:
            self.cell.enlist(self)
        self._tell_room()
        return message

    def refuse(self) -> list[object]:
        """Leave what waits to the mailbox, which closes: it gives that up behind what is in it, in order."""
        self._waits = False
        left = list(self._backlog)
        self._backlog.clear()
        self._dropped += len(left)
        return left
