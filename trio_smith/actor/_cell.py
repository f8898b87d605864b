"""The cell of an actor: what stays of it over its restarts, from its mailbox to its watchers.

A cell is a mailbox with a behaviour. It is made once per child, before the first start; each
incarnation is one run of `Cell.live`, and the one who runs it reports its end with `Cell.ended`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Coroutine
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any

from trio.lowlevel import Abort, RaiseCancelT, Task, current_task

from ..exits import Crashed, ExitReason, Shutdown
from ..mailbox import Mailbox, Offer, Overflow
from ..telemetry import AnswerDropped, DeadLetterReason, Fingerprint
from ._ask import FAILED, LEFT, QUEUED_AGAIN, TORN, WAITING_FOR_ROOM, WITHDRAWN, Ask, content
from ._cancellation import is_cancellation
from ._errors import ActorCrashed, ActorStopped, MailboxFull
from ._extras import Extras, Failure, Redelivered
from ._handler import Handler
from ._host import Host
from ._protocol import body_entry, resolve
from ._serve import live

if TYPE_CHECKING:
    from ._actor import Actor


class Lifecycle(Enum):
    """What an actor is doing, as others may see it."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    """Between two incarnations: its mailbox is open."""
    STOPPED = "stopped"
    """Down for good, unless its supervisor is asked to start it again."""


class Cell(Mailbox):
    """The record; see the module."""

    __slots__ = (
        "actor",
        "credit",
        "delivery",
        "drain_until",
        "extras",
        "failure",
        "final_reason",
        "host",
        "in_hand",
        "kind",
        "now",
        "since",
        "state",
        "stopping",
        "table",
        "task",
        "urgent",
    )

    def __init__(self, host: Host, kind: type[Actor[Any]]) -> None:
        super().__init__(kind.mailbox_capacity, kind.mailbox_overflow)
        self.host = host
        self.kind = kind
        self.now = host.system.now
        self.table = kind.__handlers__
        self.actor: Actor[Any] | None = None
        self.state = Lifecycle.STARTING
        self.task: Task | None = None
        self.in_hand: Any = None
        self.since = 0.0  # when the actor last began to work after a rest
        self.delivery = 1  # of the message in hand
        self.credit = 64  # calls of tell until the next full checkpoint
        self.urgent = False  # something other than the next user message has to be looked at
        self.stopping = False
        self.drain_until = -math.inf
        self.failure: Failure | None = None
        self.final_reason: ExitReason | None = None
        self.extras: Extras | None = None

    # Names -------------------------------------------------------------------------------

    @property
    def path_text(self) -> str:
        """The path of the actor, its names joined by "/"."""
        return "/".join(self.host.path)

    @property
    def blocks(self) -> Cell:
        """As a link of a chain of asks: the handler's own task blocks this actor."""
        return self

    def stopped_error(self) -> ActorStopped:
        """Return the error of one who wants something from an actor that has ended."""
        return ActorStopped(actor=self.path_text)

    def full_error(self) -> MailboxFull:
        """Return the error of one whose message found no room."""
        return MailboxFull(actor=self.path_text, capacity=self.capacity)

    def understands(self, kind: type) -> bool:
        """Tell whether messages of class *kind* belong to the protocol."""
        if kind is NoneType:
            return False  # None is how "no message" is said
        if resolve(self.table, kind):
            return True
        if self.kind.__has_run__ and self.kind.__protocol__ is None:  # Actor[Any]: it takes what comes
            self.table[kind] = body_entry(kind, self.kind.run)
            return True
        return False

    @property
    def rests(self) -> bool:
        """Tell whether nothing of the user's would have to run if the incarnation ended now."""
        return self.waiter is not None and self.extras is None and self.kind.__plain__

    def have_extras(self) -> Extras:
        """Return the rarely used part, making it on first use."""
        if self.extras is None:
            self.extras = Extras(self)
        return self.extras

    # One incarnation ---------------------------------------------------------------------

    def live(self, actor: Actor[Any]) -> Coroutine[Any, Any, object]:
        """Begin an incarnation with the new instance *actor*; return its life, to be awaited at once."""
        self.actor = actor
        actor._smith_cell = self  # noqa: SLF001 - the slot is there for us
        self.task = current_task()
        if self.queue:
            self.since = self.now()
        self.delivery = 1
        self.urgent = self.extras is not None
        self.change(Lifecycle.STARTING)
        return live(self, actor)

    def ready(self) -> None:
        """Report that this incarnation takes messages."""
        self.failure = None
        self.change(Lifecycle.RUNNING)
        self.host.ready()

    def change(self, state: Lifecycle) -> None:
        """Enter *state* and tell those who look."""
        self.state = state
        if self.extras is not None:
            self.extras.changed()

    def fail_beside(self, error: BaseException) -> None:
        """Crash the incarnation over something that failed beside its handlers."""
        extras = self.have_extras()
        if self.task is not None and extras.failure_beside is None:
            extras.failure_beside = (error, None)
            self.urgent = True
            self.wake()

    def settle(self, failure: BaseException | None) -> None:
        """Settle the message in hand, which its handler did not bring to an end."""
        item, delivery = self.in_hand, self.delivery
        self.in_hand, self.delivery = None, 1
        if item is not None:
            if failure is not None and self.failure is None and self.kind.__restarts__:
                self.failure = Failure(exception=failure, message=content(item), deliveries=delivery)
            self.settle_item(item, failure, delivery)

    def settle_item(self, item: Any, failure: BaseException | None, delivery: int) -> None:
        """Decide what becomes of a begun message: delivered again, a dead letter, or done."""
        ask = item if isinstance(item, Ask) else None
        handled = failure is None or isinstance(failure, Shutdown)
        limit = self.kind.max_deliveries
        answered = ask is not None and ask.settled
        unwanted = answered or (ask is not None and ask.state in (TORN, LEFT))
        if not handled and not unwanted and delivery < limit and not self.closed:
            if ask is not None:
                ask.state = QUEUED_AGAIN
            self.have_extras().redelivery.append(Redelivered(item, delivery + 1))
            return
        cut_off = failure is not None and is_cancellation(failure)
        if ask is not None and not answered:
            crashed = failure is not None and not handled and not cut_off
            self.end_ask(
                ask,
                ActorCrashed(actor=self.path_text, handling=type(ask.message).__name__, failure=failure)
                if crashed and failure
                else self.stopped_error(),
            )
        if handled or answered or (unwanted and cut_off):
            return
        if cut_off or failure is None:
            self.dead_letter(item, DeadLetterReason.STOPPED, deliveries=delivery)
        elif 1 < limit <= delivery:
            self.dead_letter(item, DeadLetterReason.POISON, mark=Fingerprint(failure), deliveries=delivery)
        else:
            self.dead_letter(item, DeadLetterReason.CRASHED, deliveries=delivery)

    def end_ask(self, ask: Ask, error: Exception) -> None:
        """End an ask without an answer; a torn one by the cancellation of its asker."""
        if ask.state is TORN:
            ask.release()
        else:
            ask.settle(FAILED, error)

    def survives(self, item: Any, handler: Handler, error: BaseException) -> bool:
        """Tell whether *error* is an answer that the message declares; if so it is given."""
        if not (handler.errors and isinstance(error, handler.errors)) or isinstance(error, Shutdown):
            return False
        self.answer_with(item, error)
        return True

    def answer_with(self, item: Any, error: Exception) -> None:
        """Give *error* to the asker; it becomes an event if there is none."""
        if isinstance(item, Ask) and item.state is not LEFT:
            item.settle(FAILED, error)
        else:
            self.host.system.emit(
                AnswerDropped(
                    path=self.host.path,
                    id=self.host.path[-1],
                    incarnation=self.host.incarnation,
                    message=content(item),
                    error=error,
                )
            )

    def ended(self, reason: ExitReason | None, failure: BaseException | None) -> None:
        """Note that this incarnation has ended, by a failed start if *reason* is None.

        The mailbox stays as it is until `close_for_good`.
        """
        self.settle(failure)
        if isinstance(reason, Crashed) and self.failure is None and self.kind.__restarts__:
            self.failure = Failure(exception=reason.exception, message=None, deliveries=0)
        elif reason is not None and not isinstance(reason, Crashed):
            self.failure = None
        self.actor = self.task = self.system_lane = None
        self.stopping = False
        self.change(Lifecycle.STOPPED if self.closed else Lifecycle.RESTARTING)
        if self.extras is not None:
            self.extras.incarnation_ended(reason)

    def end_at_rest(self, final: ExitReason | None) -> None:
        """Be `ended`, and closed for good if there is a *final* reason: for one that `rests`.

        Nothing is in hand, nothing waits, nobody looks.
        """
        self.waiter = self.actor = self.task = self.system_lane = self.failure = None
        self.state = Lifecycle.RESTARTING
        if final is not None:
            self.closed, self.limit, self.final_reason = True, 0, final
            self.state = Lifecycle.STOPPED

    # Stopping ----------------------------------------------------------------------------

    def stop(self, *, final: bool, drain: float = 0.0) -> None:
        """Ask the incarnation to stop after the message in hand; the mailbox closes if that is *final*.

        With *drain* the messages that wait are handled first, for at most so many seconds.
        """
        if final and not (self.closed and self.stopping):
            if drain > 0 and self.task is not None:
                self.close_to_others(drain)
            else:
                self.close_mailbox()
        if self.task is None:
            return
        self.stopping = self.urgent = True
        self.change(Lifecycle.STOPPING)
        self.wake()

    def announce_stop(self, drain: float) -> None:
        """Take no further messages: a final stop was asked for, and the supervisor will come to it."""
        if self.closed:
            return
        if drain > 0:
            self.close_to_others(drain)
        else:
            self.close_mailbox()

    def close_to_others(self, drain: float) -> None:
        """Take no further messages; handle those that wait, at the stop for at most *drain* seconds."""
        self.closed, self.limit = True, 0
        self.drain_until = self.now() + drain
        if self.extras is not None:
            self.extras.leave_registries()

    def close_mailbox(self) -> None:
        """Take no further messages; those that wait become dead letters and errors."""
        if self.extras is not None:  # before anybody hears of it, and looks the actor up
            self.extras.leave_registries()
        waiting = [item for item in self.close() if not self.is_withdrawn(item)]
        again = self.extras.take_redeliveries() if self.extras is not None else []
        for item in again:
            self.give_up(item.item, item.delivery - 1)
        for item in waiting:
            self.give_up(item, 0)

    def close_for_good(self, reason: ExitReason) -> None:
        """Be down: no message will be handled unless the child is started again by request."""
        self.final_reason = reason
        self.close_mailbox()
        self.failure = None
        self.change(Lifecycle.STOPPED)

    def open_again(self) -> None:
        """Be up again after `close_for_good`."""
        if self.closed:
            self.reopen()
            self.final_reason = None
            self.drain_until = -math.inf

    def give_up(self, item: Any, deliveries: int) -> None:
        """Give up a message that waited: nobody will handle it."""
        if isinstance(item, Ask):
            if item.state is WITHDRAWN:
                return
            item.settle(FAILED, self.stopped_error())
        self.dead_letter(item, DeadLetterReason.STOPPED, deliveries=deliveries)

    def dead_letter(
        self, item: Any, reason: DeadLetterReason, *, mark: Fingerprint | None = None, deliveries: int = 1
    ) -> None:
        """Record a message that was given up."""
        system = self.host.system
        try:
            system.dead_letters.record(
                content(item),
                recipient=self.path_text,
                reason=reason,
                fingerprint=mark,
                deliveries=deliveries,
            )
        except BaseException as error:  # noqa: ASYNC103, BLE001 - Ctrl-C or a system exit out of a subscriber
            system.end_all(error)

    # As a mailbox ------------------------------------------------------------------------

    def is_withdrawn(self, item: object) -> bool:
        """Tell whether *item* is an ask that its asker took back."""
        return isinstance(item, Ask) and item.state is WITHDRAWN

    def discarded(self, item: object) -> None:
        """A message was dropped to make room."""
        if isinstance(item, Ask):
            item.settle(FAILED, self.full_error())
        self.dead_letter(item, DeadLetterReason.OVERFLOW, deliveries=0)

    def park_aborted(self, _: RaiseCancelT) -> Abort:
        """Stop resting: the incarnation is cancelled."""
        self.waiter = None
        return Abort.SUCCEEDED

    def post(self, call: Any) -> None:
        """Put a call into the system lane of this incarnation, if there is one."""
        if self.task is None:
            return
        if self.system_lane is None:
            self.system_lane = deque()
        self.system_lane.append(call)
        self.urgent = True
        self.wake()

    def take_in(self, ask: Ask, *, may_wait: bool) -> bool:
        """Enqueue *ask* off the fast path; False if it has to wait for room, and may.

        Raises:
            ActorStopped: The mailbox is closed.
            MailboxFull: There is no room, and the policy or the asker cannot wait.
        """
        match self.offer(ask):
            case Offer.TAKEN:
                return True
            case Offer.CLOSED:
                raise self.stopped_error()
            case Offer.DROPPED:
                self.dead_letter(ask, DeadLetterReason.OVERFLOW, deliveries=0)
                raise self.full_error()
            case Offer.FULL:
                if not may_wait or self.overflow is not Overflow.WAIT:
                    raise self.full_error()
        ask.state = WAITING_FOR_ROOM
        return False

    # Cancellable handlers ----------------------------------------------------------------

    def tear(self, ask: Ask) -> bool:
        """Cancel the handler that has *ask* in hand, if it may be; tell whether it is unwinding now."""
        if not self.table[type(ask.message)][1].cancellable or self.extras is None:
            return False
        return self.extras.tear(ask)
