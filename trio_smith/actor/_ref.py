"""The reference of an actor: how everybody else talks to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

import trio
from trio.lowlevel import (
    Task,
    checkpoint,
    checkpoint_if_cancelled,
    current_task,
    enable_ki_protection,
    reschedule,
    wait_task_rescheduled,
)

from ..exits import ExitReason
from ..mailbox import MailboxStatistics, Offer, Overflow
from ..messages import Answers
from ..telemetry import DeadLetterReason
from ._admission import check_ask, check_tell
from ._ask import ANSWERED, FAILED, Ask, GatheredAsk, Gathering, Link, check_chain
from ._errors import ActorStopped, MailboxFull
from ._handle import Handle
from ._host import CURRENT
from ._lifecycle import LifecycleView

if TYPE_CHECKING:
    from ._cell import Cell

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
R = TypeVar("R")

# Calls of `tell` between two full checkpoints of one mailbox.
CREDIT = 64


class Ref(Handle, Generic[M_contra]):
    """Where to send messages of type ``M``. It stays valid over restarts; two refs of one actor are equal.

    Messages of one sender arrive in the order in which they were sent.
    """

    __slots__ = ("_cell",)

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def __repr__(self) -> str:
        return f"<Ref {self._cell.path_text}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other._cell is self._cell

    def __hash__(self) -> int:
        return hash(id(self._cell))

    @property
    def path(self) -> str:
        """The names from the root supervisor to the actor, joined by "/"."""
        return self._cell.path_text

    @enable_ki_protection
    def tell_nowait(self, message: M_contra, /) -> None:
        """Send *message*; never waits.

        Raises:
            MailboxFull: There is no room, and the policy is to wait or to refuse.
            ActorStopped: The actor has ended for good.
            NotUnderstood: *message* is no message of its protocol.
        """
        cell = self._cell
        if type(message) not in cell.table:
            check_tell(cell, message)
        queue = cell.queue
        if len(queue) < cell.limit:
            queue.append(message)
            waiter = cell.waiter
            if waiter is not None:
                cell.waiter = None
                reschedule(waiter)
        elif not _offered(cell, message):
            raise cell.full_error()

    @enable_ki_protection
    async def tell(self, message: M_contra, /) -> None:
        """Send *message*; wait for room if the mailbox is full and its policy is to wait.

        Raises what `tell_nowait` raises; `MailboxFull` only if the policy is to refuse, or if an
        actor would wait for room in its own mailbox.

        Cancellation: atomic; a cancelled tell has not sent. A cancellation point at every call, a
        schedule point whenever it waits and at least at every 64th call per mailbox.
        """
        cell = self._cell
        if type(message) not in cell.table:
            check_tell(cell, message)
        cell.credit -= 1
        if cell.credit > 0:
            await checkpoint_if_cancelled()
        else:
            cell.credit = CREDIT
            await checkpoint()
        queue = cell.queue
        if len(queue) < cell.limit:
            queue.append(message)
            waiter = cell.waiter
            if waiter is not None:
                cell.waiter = None
                reschedule(waiter)
        elif not _offered(cell, message):
            if cell.overflow is not Overflow.WAIT or cell.task is current_task():
                raise cell.full_error()
            try:
                await cell.wait_for_room(message)
            except trio.BrokenResourceError:
                raise cell.stopped_error() from None

    @enable_ki_protection
    async def ask(self, message: Answers[Ref[M_contra], R], /) -> R:
        """Send *message* and return its one answer.

        Raises:
            ActorStopped: The actor has ended for good, or before it answered.
            ActorCrashed: It failed while handling *message*; the failure is the cause.
            AskCycle: Waiting would close a circle of asks; nothing was enqueued.
            MailboxFull: There is no room, and the policy is not to wait.
            NotUnderstood, NotARequest: *message* is no message of its protocol, or has no answer.
            Exception: One that *message* declares as its answer, as itself.

        Cancellation: a message not yet begun is withdrawn; a begun one finishes and its answer is
        dropped, unless its handler is ``cancellable``: then it is cancelled, and this waits until it
        has unwound, at most the grace of the actor. Deadlines come from the scopes round the call.
        Source: gen_server:call, with the monitor made implicit.
        """
        cell, task = self._cell, current_task()
        if type(message) not in cell.kind.__askable__:
            check_ask(cell, message)
        host = CURRENT.get(None)
        link = None
        if host is not None and (link := _link(host.cell, task)) is not None:
            check_chain(cell, link)
        ask = Ask(cell, message, task, link)
        queue = cell.queue
        if len(queue) < cell.limit:
            queue.append(ask)
            waiter = cell.waiter
            if waiter is not None:
                cell.waiter = None
                reschedule(waiter)
        else:
            await checkpoint_if_cancelled()  # before anybody is dropped for it
            ask.task = None  # it does not sleep yet, and who hears of a dropped message may end it in here
            if not cell.take_in(ask, may_wait=True):
                cell.enlist(ask)
            if ask.settled:
                await checkpoint()
                raise ask.take_failure()
            ask.task = task
        await wait_task_rescheduled(ask.abort)
        if ask.state is ANSWERED:
            return cast("R", ask.value)
        raise ask.take_failure()

    @overload
    async def ask_many(
        self, messages: Iterable[Answers[Ref[M_contra], R]], /, *, outcomes: Literal[False] = False
    ) -> list[R]: ...
    @overload
    async def ask_many(
        self, messages: Iterable[Answers[Ref[M_contra], R]], /, *, outcomes: Literal[True]
    ) -> list[R | Exception]: ...
    @enable_ki_protection
    async def ask_many(
        self, messages: Iterable[Answers[Ref[M_contra], R]], /, *, outcomes: bool = False
    ) -> list[Any]:
        """Send all *messages* in order and return their answers in that order, with one wake-up.

        It waits for room between them where it has to. With ``outcomes=True`` a failed message has
        its error in the list.

        Raises:
            ExceptionGroup: Some failed; the errors in the order of their messages.
            NotUnderstood, NotARequest, AskCycle: as `ask`; then nothing was enqueued.

        Cancellation: messages not yet begun are withdrawn; the begun ones as in `ask`.
        """
        cell = self._cell
        batch = list(messages)
        for message in batch:
            if type(message) not in cell.kind.__askable__:
                check_ask(cell, message)
        link = None
        host = CURRENT.get(None)
        if host is not None and (link := _link(host.cell, current_task())) is not None:
            check_chain(cell, link)
        await checkpoint_if_cancelled()  # before anybody is dropped for it
        gathering = Gathering()
        try:
            await _enqueue_all(cell, batch, gathering, link)
            if gathering.left:
                await gathering.wait()
            else:
                await checkpoint()
        finally:
            # Each ask knows its gathering: without this, every call would leave a circle for the collector.
            asks, gathering.asks, gathering.open = gathering.asks, [], False
        if outcomes:
            return [ask.value if ask.state is ANSWERED else ask.take_failure() for ask in asks]
        failures = [ask.take_failure() for ask in asks if ask.state is FAILED]
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(asks)} asks failed", failures)
        return [ask.value for ask in asks]

    @property
    def lifecycle(self) -> LifecycleView:
        """What the actor is doing, to be read and waited for."""
        return LifecycleView(self._cell)

    async def wait_stopped(self) -> ExitReason:
        """Wait until the actor is down for good and return why; restarts do not count.

        Cancellation: a checkpoint; nothing happens to the actor.
        """
        return await self._cell.host.wait_down()

    def statistics(self) -> MailboxStatistics:
        """Return the numbers of the actor's mailbox."""
        return self._cell.statistics()


def _offered(cell: Cell, message: object) -> bool:
    """Offer a told message off the fast path; False if there is no room."""
    match cell.offer(message):
        case Offer.TAKEN:
            return True
        case Offer.CLOSED:
            raise cell.stopped_error()
        case Offer.DROPPED:
            cell.dead_letter(message, DeadLetterReason.OVERFLOW, deliveries=0)
            return True
        case Offer.FULL:
            return False


def _link(cell: Cell | None, task: Task) -> Link | None:
    """Return who asks, if it is the task of an actor: its handler's own, or that of a `later`.

    Other tasks carry no chain: whether they block the actor cannot be known.
    """
    if cell is None:
        return None
    if cell.task is task:
        return cell
    if cell.extras is None:
        return None
    return next((later for later in cell.extras.later if later.task is task), None)


async def _enqueue_all(cell: Cell, batch: list[Any], gathering: Gathering, link: Link | None) -> None:
    may_wait = cell.overflow is Overflow.WAIT and cell.task is not current_task()
    for message in batch:
        ask = GatheredAsk(cell, message, gathering, link)
        if len(cell.queue) < cell.limit:
            cell.queue.append(ask)
            cell.wake()
        else:
            try:
                entered = cell.take_in(ask, may_wait=may_wait)
            except (ActorStopped, MailboxFull) as error:
                ask.settle(FAILED, error)
                continue
            if not entered:
                cell.enlist(ask)
                await gathering.wait()
