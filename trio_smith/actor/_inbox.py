"""The inbox of an actor that has a body of its own instead of handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

import trio
from trio.lowlevel import checkpoint, current_task, enable_ki_protection, wait_task_rescheduled

from ._ask import ANSWERED, FAILED, Ask, content
from ._attend import attend, begin
from ._errors import NoAnswer

if TYPE_CHECKING:
    from ._cell import Cell

M_co = TypeVar("M_co", covariant=True)


class Inbox(Generic[M_co]):
    """Iterate over it in ``run``: each step acknowledges the message before, then waits for the next.

    The iteration ends when the actor is asked to stop. Timers and ``on_down`` are called within it,
    before the next message. A crash finds in hand the message that was not yet acknowledged.
    """

    __slots__ = ("_cell",)

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def __aiter__(self) -> Inbox[M_co]:
        return self

    @enable_ki_protection
    async def __anext__(self) -> M_co:
        """Acknowledge, and return the next message.

        Cancellation: a full checkpoint; when cancelled, no message was taken.
        """
        self.acknowledge()
        cell = self._cell
        await checkpoint()
        while True:
            source = cell.queue
            if cell.urgent:
                urgent = await attend(cell)
                if urgent is None:
                    raise StopAsyncIteration
                source = urgent
            if source:
                cell.note_peak()
                item = source.popleft()
                if type(item) in cell.table:
                    cell.received += 1
                else:
                    item = begin(cell, item)
                if cell.senders:
                    cell.admit()
                if item is None:
                    continue
                cell.in_hand = item
                return cast("M_co", content(item))
            if cell.senders:
                cell.admit()
                continue
            if cell.waiter is not None:
                raise trio.BusyResourceError("another task waits for the next message of this inbox")
            cell.waiter = current_task()  # it need not be the task of run()
            await wait_task_rescheduled(cell.park_aborted)
            cell.since = cell.now()

    def answer(self, value: object) -> None:
        """Answer the message in hand; for a message that was told, nothing happens."""
        item = self._cell.in_hand
        if isinstance(item, Ask) and not item.settled:
            item.settle(ANSWERED, value)

    def fail(self, error: Exception) -> None:
        """Answer the message in hand with an error that it declares; an event, if nobody waits for it."""
        item = self._cell.in_hand
        if item is not None and not (isinstance(item, Ask) and item.settled):
            self._cell.answer_with(item, error)

    def acknowledge(self) -> None:
        """Be done with the message in hand: a crash from here on does not concern it."""
        cell = self._cell
        item, cell.in_hand = cell.in_hand, None
        cell.delivery = 1
        if isinstance(item, Ask) and not item.settled:
            item.settle(FAILED, NoAnswer(actor=cell.path_text))
