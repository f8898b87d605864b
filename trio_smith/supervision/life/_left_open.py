"""A nursery that a child has left open, as by a nursery round a yield in a generator that is abandoned.

Nobody but the generator can close it, and Trio raises a RuntimeError in the supervisor's own nursery when the
Trio task of the child ends. By then the child has crashed over it and everybody was told. So that task
does nothing more, ends with its supervisor, and what Trio raises there is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import trio
from trio.lowlevel import Task

if TYPE_CHECKING:
    from .._shell import Shell


class LeftOpen(BaseException):
    """The mark by which Trio's error is known: it is the context of that error."""


async def outlast(task: Task, shell: Shell) -> None:
    """Cancel what *task* has left running, and wait until the supervisor that it is a task of has ended.

    Raises:
        LeftOpen: A nursery is still open, so Trio will raise.
    """
    for nursery in task.child_nurseries:
        nursery.cancel_scope.cancel("the child has left this nursery open")
    owner: Shell = shell.with_nursery
    with trio.CancelScope(shield=True):  # a stop ends it, and every supervisor is stopped
        await owner.wait_ended()
    if task.child_nurseries:
        raise LeftOpen


def besides_left_open(error: BaseException) -> BaseException | None:
    """Return what a nursery raises besides what its children have left open; None if nothing."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return group.split(lambda one: isinstance(one, LeftOpen) or isinstance(one.__context__, LeftOpen))[1]
