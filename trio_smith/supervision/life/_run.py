"""The Trio task of a child: one incarnation after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trio.lowlevel import cancel_shielded_checkpoint, checkpoint, current_task, enable_ki_protection

from ...actor._host import CURRENT
from ...actor._tie_up import tie_up
from ._left_open import outlast
from ._live import live
from ._task_state import LIVING, PARKED, RENEWED

if TYPE_CHECKING:
    from ._runner import Runner


@enable_ki_protection
async def run(runner: Runner) -> None:  # noqa: C901, PLR0912, PLR0915 - what happens to a child, in its order
    """Run a child in its Trio task: one incarnation after another, as long as its engine wants it so.

    A new incarnation in the same task costs half of one in a new task. It gets a fresh context and a
    fresh cancel scope; the old scope is left before the end is reported, so Trio itself tells if the
    child has left a scope or a nursery of its own open. Nothing passes, also no cancellation: all of
    it is ours, and is reported to the engine.
    """
    task = runner.task = current_task()
    try:
        while True:
            assert runner.scope is not None
            incarnation, failure, tied_up = runner.incarnation, None, False
            CURRENT.set(runner)
            try:
                with runner.scope:
                    try:
                        if runner.stop_at is not None and not runner.is_ready:
                            await checkpoint()  # killed before it began: it does not begin
                        await live(runner)
                    except BaseException as error:  # noqa: ASYNC103, BLE001 - see above
                        failure = error
                    cell = runner.cell
                    if cell is not None and incarnation > runner.ended_at_rest:
                        if cell.in_hand is not None:
                            cell.settle(failure)
                        if cell.extras is not None:
                            failure = await tie_up(cell, failure)
                    tied_up = True
            except RuntimeError as error:
                if not tied_up:
                    raise  # a bug of ours
                failure = failure or error  # something was left open; Trio has put its own state right
            if incarnation > runner.ended_at_rest:  # else it was reported while this task rested
                runner.report(failure)
                failure = None  # its traceback holds this frame
                if runner.task_state is RENEWED:
                    task.context = runner.shell.context.copy()  # in effect after the schedule point
                    await cancel_shielded_checkpoint()
                elif runner.task_state is PARKED:
                    await runner.park()
            if runner.task is not task:
                break  # the record is that of a later task by now
            if runner.task_state is not RENEWED:
                runner.task = runner.scope = None
                break
            runner.task_state = LIVING
    except BaseException as error:
        runner.shell.block.broken(error)  # a bug of ours: its supervisor would wait for its report for ever
        raise
    if task.child_nurseries:
        await outlast(task, runner.shell)
