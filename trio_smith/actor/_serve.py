"""The life of one incarnation: from its new instance to its last message."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import trio
from trio.lowlevel import checkpoint, enable_ki_protection, reschedule, wait_task_rescheduled

from ._ask import ANSWERED, BEGUN, TORN, Ask, content
from ._attend import BATCH, attend, begin
from ._cancellation import is_cancellation
from ._inbox import Inbox
from ._later import Later
from ._later_task import LaterTask
from ._tie_up import report_late_error, tie_up
from ._unprotected import call, finish

if TYPE_CHECKING:
    from ._actor import Actor
    from ._cell import Cell
    from ._handler import Handler


@enable_ki_protection
def live(cell: Cell, actor: Actor[Any]) -> Coroutine[Any, Any, object]:
    """Return the rest of the life of *actor*. Most actors need no more than the loop: one frame less each."""
    if cell.kind.__plain__ and (cell.failure is None or not cell.kind.__restarts__):
        cell.ready()
        return serve(cell)
    return _full_life(cell, actor)


@enable_ki_protection
async def _full_life(cell: Cell, actor: Actor[Any]) -> None:
    """on_restart, then the lifespan round the work."""
    if cell.failure is not None:
        hook = call(actor.on_restart, cell.failure)
        if hook is not None:
            await finish(hook)
    if not cell.kind.__has_lifespan__:
        cell.ready()
        await _work(cell, actor)
        return
    lifespan = call(actor.lifespan, actor.context)
    await finish(lifespan.__aenter__())
    cell.ready()
    failure: BaseException | None = None
    try:
        await _work(cell, actor)
    except BaseException as error:  # noqa: ASYNC103, BLE001 - the lifespan sees it, then it is raised again
        failure = error
    # A cancellation that is not ours comes from a scope or a nursery in the lifespan: its exit knows why.
    inside = failure is not None and is_cancellation(failure) and not cell.host.is_cancelled
    cell.host.arm_grace()
    if not inside:
        failure = await tie_up(cell, failure)
    failure = await _leave(lifespan, cell, failure, inside=inside)
    if failure is not None:
        try:
            raise failure
        finally:
            del failure  # its traceback holds this frame


async def _leave(
    lifespan: AbstractAsyncContextManager[None], cell: Cell, failure: BaseException | None, *, inside: bool
) -> BaseException | None:
    """Leave the lifespan, which may look at the failure but not suppress it; return what it ended with."""
    try:
        traceback = failure.__traceback__ if failure is not None else None
        await finish(lifespan.__aexit__(type(failure) if failure is not None else None, failure, traceback))
    except BaseException as error:  # noqa: ASYNC103, BLE001 - returned, or reported
        if inside or (failure is None and not cell.stopping):
            return error  # noqa: ASYNC104 - the caller raises it
        if error is not failure:
            report_late_error(cell, error)
        return failure  # noqa: ASYNC104 - the caller raises it
    return None if inside else failure


async def _work(cell: Cell, actor: Actor[Any]) -> None:
    if cell.kind.__has_run__:
        await finish(actor.run(Inbox(cell)))
    elif cell.kind.__cancellable__:
        await _serve_cancellable(cell)
    else:
        await serve(cell)


@enable_ki_protection
async def _serve_cancellable(cell: Cell) -> None:
    """Serve inside a scope that the askers of cancellable handlers cancel.

    One scope serves all messages (one for each would cost 3.4 µs) and is renewed after a cancel.
    """
    extras = cell.have_extras()
    again = True
    while again:
        with trio.CancelScope() as extras.tear_scope:
            again = await serve(cell)
        extras.renew = False
        if extras.tear_scope.cancelled_caught:
            cell.settle(None)


@enable_ki_protection
async def serve(cell: Cell) -> bool:
    """Handle messages until a stop is asked for, and return False; True: the scope has to be renewed.

    This is where an idle actor waits, so it holds as little as possible: the work is done in `work_off`.
    """
    task = cell.task
    while True:
        urgent = cell.urgent
        source = await attend(cell) if urgent else cell.queue
        if source is None:
            return cell.extras is not None and cell.extras.renew
        if source:
            await work_off(cell, source)
            if urgent and cell.urgent:
                await checkpoint()  # draining, or delivering again: one message at a time
        elif cell.senders:
            cell.admit()
        else:
            cell.waiter = task
            await wait_task_rescheduled(cell.park_aborted)
            if cell.task is not task:
                return False  # this incarnation was ended while it rested
            cell.since = cell.now()


@enable_ki_protection
async def work_off(  # noqa: C901, PLR0912, PLR0915 - the hot path: a call would cost a tenth of a message
    cell: Cell, source: deque[Any]
) -> None:
    """Handle the messages in *source* until something else is urgent; a schedule point after a batch."""
    table, actor = cell.table, cell.actor
    budget = BATCH
    while depth := len(source):
        if depth > cell.peak:
            cell.note_peak()
        item = source.popleft()
        entry = table.get(type(item))  # pyright: ignore[reportUnknownArgumentType]
        if entry is None:  # not a bare message that was told
            item = begin(cell, item)
            if item is None:
                continue
            ask: Ask | None = item if isinstance(item, Ask) else None
            message = content(item)
            entry = table[type(message)]
        else:
            cell.received += 1
            message, ask = item, None
        if cell.senders and depth <= cell.capacity // 2 + 1:
            cell.admit()
        method, handler = entry
        cell.in_hand = item
        try:
            result: Any = method(actor, message)
            if type(result) is CoroutineType:
                result = await result  # pyright: ignore[reportUnknownVariableType]
        except BaseException as error:  # noqa: ASYNC103 - raised again, unless it is an answer
            if not cell.survives(item, handler, error):
                raise
        else:
            if type(result) is Later:  # pyright: ignore[reportUnknownArgumentType]
                begin_later(cell, item, handler, result)  # pyright: ignore[reportUnknownArgumentType]
            elif ask is not None:
                asker = ask.task
                if asker is not None and ask.state is BEGUN:
                    ask.value, ask.state, ask.task = result, ANSWERED, None
                    reschedule(asker)
                else:
                    ask.settle(ANSWERED, result)  # pyright: ignore[reportUnknownArgumentType]
        cell.in_hand = None
        cell.delivery = 1
        budget -= 1
        if not budget:
            await checkpoint()
            return
        if cell.urgent:
            return


def begin_later(cell: Cell, item: Any, handler: Handler, work: Later[Any]) -> None:
    """Hand a message over to a Trio task of this incarnation."""
    extras = cell.have_extras()
    task = LaterTask(cell, item, handler)
    name = f"later {getattr(work.function, '__qualname__', work.function)!s} of {cell.path_text}"
    extras.later[task] = None
    if isinstance(item, Ask) and item.state is TORN:
        task.scope.cancel("the asker of a cancellable handler was cancelled")
    cell.host.spawn(task.run, work, name=name)
    if len(extras.later) >= cell.kind.max_later:
        cell.urgent = True
