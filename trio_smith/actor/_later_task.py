"""The Trio task of a `later`: it belongs to one incarnation and answers one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from trio.lowlevel import Task, current_task, enable_ki_protection

from ..exits import is_fatal
from ._ask import ANSWERED, Ask
from ._cancellation import is_cancellation
from ._handler import Handler
from ._host import CURRENT
from ._later import Later
from ._unprotected import call_async

if TYPE_CHECKING:
    from ._cell import Cell


class LaterTask:
    """One running `later`. As a link of a chain of asks it blocks nobody: its actor is free."""

    __slots__ = ("cause", "cell", "delivery", "handler", "in_hand", "scope", "task")

    blocks: Cell | None = None

    def __init__(self, cell: Cell, item: Any, handler: Handler) -> None:
        self.cell, self.in_hand, self.handler = cell, item, handler
        self.delivery = cell.delivery
        self.task: Task | None = None
        self.cause: BaseException | None = None  # why the incarnation crashed, if that cancels it
        # Its incarnation ends it: cancelled at a crash, or when the grace of a stop has passed.
        self.scope = trio.CancelScope(shield=True)

    @enable_ki_protection
    async def run(self, work: Later[Any]) -> None:
        """Run *work* to its end and settle the message with it; never raises."""
        self.task = current_task()
        CURRENT.set(self.cell.host)  # so that its own asks carry the chain
        failure: BaseException | None = None
        result: object = None
        with self.scope:
            try:
                result = await call_async(work.function, *work.args)
            except BaseException as error:  # noqa: ASYNC103, BLE001 - kept, and given to the actor below
                failure = error
        cell = self.cell
        extras = cell.have_extras()
        del extras.later[self]
        if failure is None:
            if isinstance(self.in_hand, Ask):
                self.in_hand.settle(ANSWERED, result)
        elif not cell.survives(self.in_hand, self.handler, failure):
            # Only the first failure crashes the actor; it settles the message when it does.
            first = extras.failure_beside
            torn = self.scope.cancel_called and is_cancellation(failure)
            if not torn and (first is None or is_fatal(failure)):
                extras.failure_beside = (failure, self)
                if first is not None and first[1] is not None:
                    cell.settle_item(first[1].in_hand, first[0], first[1].delivery)
            else:
                cell.settle_item(self.in_hand, self.cause if torn and self.cause else failure, self.delivery)
        del failure  # its traceback holds this frame
        cell.urgent = True
        cell.wake()
