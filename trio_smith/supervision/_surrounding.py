"""Find the child that the running code lives in."""

from __future__ import annotations

from trio.lowlevel import Task, current_task

from ..actor._host import CURRENT
from .life import Runner


def surrounding() -> Runner | None:
    """Return the child that cannot end before the running task does; None outside of all.

    The context alone does not tell: a task that a child starts in a nursery outside of it inherits its
    context, and does not live in it. So the tree of Trio's own tasks is walked up to one that a
    supervisor has started for a child; nearly always it is the first.
    """
    task: Task | None = current_task()
    while task is not None:
        host = task.context.get(CURRENT)
        if isinstance(host, Runner) and host.shell.runs(task):
            return host
        nursery = task.parent_nursery
        task = nursery.parent_task if nursery is not None else None
    return None
