"""What an actor looks at before its next user message: stop, system lane, deliveries again."""

from __future__ import annotations

import math
from collections import deque
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import trio
from trio.lowlevel import checkpoint, wait_task_rescheduled

from ._ask import BEGUN, WITHDRAWN, Ask
from ._extras import Redelivered
from ._unprotected import call, finish

if TYPE_CHECKING:
    from ._cell import Cell

# Messages (or calls of the system lane) handled between two schedule points: a local deadline is
# noticed at most one batch late.
BATCH = 64


async def attend(cell: Cell) -> deque[Any] | None:  # noqa: C901 - one look at each thing, in their order
    """Look at all that goes before the next user message; return where that one is to be taken from.

    None: the actor stops, or the scope of its handlers has to be renewed.
    """
    extras = cell.extras
    budget = BATCH
    while True:
        if extras is not None and extras.failure_beside is not None:
            raise_failure_beside(cell)
        if extras is not None and extras.renew:
            return None
        if cell.stopping and not _still_drains(cell):
            return None
        lane = cell.system_lane
        if lane:
            await _perform(lane.popleft())
            extras = cell.extras
            budget -= 1
            if not budget:
                budget = BATCH
                await checkpoint()
            continue
        if extras is not None:
            if len(extras.later) >= cell.kind.max_later:
                await rest_full(cell)
                continue
            if extras.redelivery:
                return extras.redelivery
            if cell.stopping and not cell.queue and extras.later:
                await rest_full(cell)  # draining: what answers later is work too
                continue
        if not cell.stopping:
            cell.urgent = False
        return cell.queue


def _still_drains(cell: Cell) -> bool:
    if cell.drain_until == -math.inf or cell.now() >= cell.drain_until:
        return False
    extras = cell.extras
    return bool(cell.queue or (extras is not None and (extras.redelivery or extras.later)))


async def rest_full(cell: Cell) -> None:
    """Wait for the system lane or the end of a `later`; user messages have to wait."""
    cell.urgent = False
    deadline = cell.drain_until if cell.stopping else math.inf
    with trio.CancelScope(deadline=deadline):
        while not cell.urgent:
            cell.waiter = cell.task
            await wait_task_rescheduled(cell.park_aborted)
    cell.urgent = True


async def _perform(item: Any) -> None:
    if item.timer is not None and not item.timer.begin():
        return
    result = call(item.method, *item.args)
    if type(result) is CoroutineType:
        await finish(result)  # pyright: ignore[reportUnknownArgumentType]


def raise_failure_beside(cell: Cell) -> None:
    """Crash over what failed beside the handlers: a `later`, or the inner supervisor."""
    assert cell.extras is not None
    assert cell.extras.failure_beside is not None
    (failure, task), cell.extras.failure_beside = cell.extras.failure_beside, None
    if task is not None:
        cell.in_hand, cell.delivery = task.in_hand, task.delivery
    raise failure


def begin(cell: Cell, item: Any) -> Any:
    """Begin an ask, or anything that is delivered again; return it, or None if it was withdrawn."""
    if type(item) is Redelivered:
        cell.delivery, item = item.delivery, item.item
        if not isinstance(item, Ask):
            return item
    elif item.state is WITHDRAWN:  # in the queue it never counted as received
        cell.withdrawn -= 1
        cell.relimit()
        return None
    else:
        cell.received += 1
    if item.state is WITHDRAWN:
        cell.delivery = 1
        return None
    item.state = BEGUN
    return item
