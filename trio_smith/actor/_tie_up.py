"""Bring to an end what an incarnation has begun, before it is reported as ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.lowlevel import wait_task_rescheduled

from ..exits import Shutdown, is_fatal
from ..telemetry import StopRaised

if TYPE_CHECKING:
    from ._cell import Cell
    from ._extras import Extras


async def tie_up(cell: Cell, failure: BaseException | None) -> BaseException | None:
    """Settle what was begun: the message in hand, then the `later` tasks, then the inner supervisor.

    After a crash or a kill the tasks are cancelled; at a stop they are waited for, inside the grace.
    Never raises; returns what the incarnation ended with: *failure*, its kill meanwhile, or what
    asks the whole program to end.
    """
    cell.settle(failure)
    if cell.extras is None:
        return failure
    cell.extras.drop_calls()
    if cell.extras.later or cell.extras.inner is not None:
        try:
            await _end_tasks(cell, cell.extras, failure)
        except BaseException as error:  # noqa: ASYNC103, BLE001 - the kill; returned
            failure = failure or error
    if cell.extras.failure_beside is not None:
        (late, later), cell.extras.failure_beside = cell.extras.failure_beside, None
        if later is not None:
            cell.settle_item(later.in_hand, late, later.delivery)
        if is_fatal(late):
            return late
        if late is not failure:
            report_late_error(cell, late)
    return failure


def report_late_error(cell: Cell, error: BaseException) -> None:
    """Report what was raised when another reason stood already."""
    host = cell.host
    host.system.emit(StopRaised(path=host.path, id=host.path[-1], incarnation=host.incarnation, error=error))


async def _end_tasks(cell: Cell, extras: Extras, failure: BaseException | None) -> None:
    cut = True
    try:
        if failure is None:
            await _wait_for_later(cell)
            if extras.inner is not None:
                await extras.inner.end(hard=False)
            cut = False
    finally:
        if failure is not None:
            cell.host.arm_grace()  # only to have those reported that do not end
        for task in extras.later:
            task.cause = None if isinstance(failure, Shutdown) else failure
            task.scope.cancel("the actor's incarnation has ended")
        # Bounded by us: everything waited for here has been cancelled; who does not end in spite
        # of that is reported as stuck, and never abandoned.
        with trio.CancelScope(shield=True):
            await _wait_for_later(cell)
            if extras.inner is not None:
                await extras.inner.end(hard=cut)


async def _wait_for_later(cell: Cell) -> None:
    while cell.extras is not None and cell.extras.later:
        cell.waiter = cell.task
        await wait_task_rescheduled(cell.park_aborted)
