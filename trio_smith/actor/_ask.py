"""One ask: a message with a slot for its answer, and the chain that finds circles."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, cast

import outcome
from trio.lowlevel import Abort, RaiseCancelT, Task, current_task, reschedule, wait_task_rescheduled

from ._errors import AskCycle

if TYPE_CHECKING:
    from ._cell import Cell


class AskState(Enum):
    """Where an ask stands. Begun ones are in a handler or in the task of a `later`."""

    WAITING_FOR_ROOM = "waiting for room"
    QUEUED = "queued"
    QUEUED_AGAIN = "queued again"
    BEGUN = "begun"
    TORN = "torn"
    """Its asker was cancelled and waits until the handler has unwound."""
    LEFT = "left"
    """Its asker was cancelled and is gone; the answer will be dropped."""
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    FAILED = "failed"


# Module globals: an attribute of an Enum class costs three times as much on the hot path.
WAITING_FOR_ROOM, QUEUED, QUEUED_AGAIN, BEGUN, TORN, LEFT, WITHDRAWN, ANSWERED, FAILED = AskState


class Link(Protocol):
    """Who waits for an ask: the handler's task of a cell, or the task of a `later`."""

    @property
    def in_hand(self) -> object:
        """What it is handling: an `Ask`, a message, or None."""
        ...

    @property
    def blocks(self) -> Cell | None:
        """The actor that can do nothing else while this link waits."""
        ...


class Ask:
    """The slot. It wakes its asker once: whoever does takes ``task`` out first."""

    __slots__ = ("cell", "message", "raise_cancel", "state", "task", "value", "via")

    gathering: Gathering | None = None
    raise_cancel: RaiseCancelT
    value: Any  # the answer, or the error; not there before one of them is

    def __init__(self, cell: Cell, message: object, task: Task | None, via: Link | None) -> None:
        self.cell, self.message, self.task, self.via = cell, message, task, via
        self.state = QUEUED

    @property
    def awaited(self) -> bool:
        """Tell whether somebody still waits for the answer."""
        return self.task is not None

    @property
    def settled(self) -> bool:
        """Tell whether it has its answer or its failure."""
        return self.state is ANSWERED or self.state is FAILED

    def settle(self, state: AskState, value: object) -> None:
        """Store the answer (or the failure) and wake the asker, if it still waits."""
        self.state, self.value = state, value
        task = self.task
        if task is not None:
            self.task = None
            reschedule(task)

    def take_failure(self) -> Exception:
        """Return the failure and let go of it: it holds the frame of the handler, which holds this ask."""
        failure, self.value = self.value, None
        return cast("Exception", failure)

    def release(self) -> None:
        """End a torn ask: its asker, which waited for the unwinding, gets its cancellation now."""
        task = self.task
        self.state = LEFT
        if task is not None:
            self.task = None
            reschedule(task, outcome.capture(self.raise_cancel))

    def abort(self, raise_cancel: RaiseCancelT) -> Abort:
        """Take the ask back because its asker is cancelled; Trio calls this once per wait."""
        self.raise_cancel = raise_cancel
        if self.take_back():
            self.task = None
            return Abort.SUCCEEDED
        return Abort.FAILED

    def take_back(self) -> bool:
        """Withdraw or leave; False if the handler is cancelled now and its unwinding has to be awaited."""
        state = self.state
        if state is BEGUN:
            if self.cell.tear(self):
                self.state = TORN
                return False
            self.state = LEFT
        elif state is QUEUED:
            self.state = WITHDRAWN
            self.cell.withdraw()
        elif state is QUEUED_AGAIN:
            self.state = WITHDRAWN
        elif state is WAITING_FOR_ROOM:
            self.state = WITHDRAWN
            self.cell.delist(self)
        return True

    # As one who waits for room (mailbox.Waiting). The asker sleeps on: it waits for the answer anyway.

    def admit(self) -> Ask:
        """Enter the queue."""
        self.state = QUEUED
        return self

    def refuse(self) -> None:
        """Fail: the actor has stopped."""
        self.settle(FAILED, self.cell.stopped_error())


class Gathering:
    """The asks of one ``ask_many``: one wake-up when all of them are settled."""

    __slots__ = ("asks", "left", "open", "raise_cancel", "task")

    def __init__(self) -> None:
        self.asks: list[GatheredAsk] = []
        self.left = 0
        self.open = True
        self.task: Task | None = None
        self.raise_cancel: RaiseCancelT | None = None

    async def wait(self) -> None:
        """Wait until all are settled, or the one that waits for room has entered."""
        self.task = current_task()
        await wait_task_rescheduled(self.abort)

    def settled(self) -> None:
        """Count one ask as settled."""
        self.left -= 1
        if not self.left:
            self.wake()

    def wake(self) -> None:
        """End the wait, if there is one."""
        task, self.task = self.task, None
        if task is not None:
            if self.raise_cancel is None:
                reschedule(task)
            else:
                reschedule(task, outcome.capture(self.raise_cancel))

    def abort(self, raise_cancel: RaiseCancelT) -> Abort:
        """Take all asks back; wait for those whose handlers have to unwind."""
        torn = self.take_back()
        if not torn:
            self.task = None
            return Abort.SUCCEEDED
        self.left, self.raise_cancel = torn, raise_cancel
        return Abort.FAILED

    def take_back(self) -> int:
        """Withdraw or leave every ask; return how many are torn."""
        self.open = False
        # The last one first: if it waits for room, the room that the others leave must not let it in.
        return sum(not ask.take_back() for ask in reversed(self.asks))


class GatheredAsk(Ask):
    """An ask of an ``ask_many``."""

    __slots__ = ("gathering",)

    def __init__(self, cell: Cell, message: object, gathering: Gathering, via: Link | None) -> None:
        super().__init__(cell, message, None, via)
        self.gathering: Gathering | None = gathering
        gathering.asks.append(self)
        gathering.left += 1

    @property
    def awaited(self) -> bool:
        """Tell whether somebody still waits for the answer."""
        if self.state is TORN:
            return True
        return self.state is not LEFT and self.gathering is not None and self.gathering.open

    def settle(self, state: AskState, value: object) -> None:
        """Store the answer (or the failure) and count it, if somebody still waits."""
        before, gathering = self.state, self.gathering
        self.state, self.value = state, value
        if before is not LEFT and gathering is not None:
            gathering.settled()

    def admit(self) -> Ask:
        """Enter the queue, and let the asker enqueue the next one."""
        assert self.gathering is not None
        self.gathering.wake()
        return super().admit()

    def refuse(self) -> None:
        """Fail: the actor has stopped."""
        super().refuse()
        assert self.gathering is not None
        self.gathering.wake()

    def release(self) -> None:
        """End a torn ask."""
        self.state = LEFT
        if self.gathering is not None:
            self.gathering.settled()


def content(item: object) -> object:
    """Return the message in an item of a mailbox."""
    return item.message if isinstance(item, Ask) else item


def check_chain(target: Cell, link: Link | None) -> None:
    """Refuse an ask to *target* by *link* that would wait for itself.

    Follows the asks that wait for one another: *link* handles a message that somebody asked, who
    handles a message that somebody asked, and so on. A link counts only while its ask is awaited.

    Raises:
        AskCycle: *target* is on the way; nothing was enqueued.
    """
    names: list[str] = [target.path_text]
    while link is not None:
        blocked = link.blocks
        if blocked is not None:
            names.append(blocked.path_text)
        # The target first: that its own asker has left does not help, it waits for this very ask.
        if blocked is target:
            raise AskCycle(chain=tuple(reversed(names)))
        item: Any = link.in_hand
        if not isinstance(item, Ask) or not item.awaited:
            return
        link = item.via
