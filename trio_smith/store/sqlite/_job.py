"""One commit on its way to the writer's thread and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import outcome
import trio

if TYPE_CHECKING:
    from ..words import Write


class Commit:
    """What is to be written, and what came of it. Made in the task that waits for it."""

    __slots__ = ("_task", "finished", "key", "result", "writes")

    def __init__(self, writes: tuple[Write[Any], ...], *, key: str | None) -> None:
        self.writes, self.key = writes, key
        self.result: outcome.Outcome[tuple[Any, ...]] | None = None
        self.finished = False
        self._task: trio.lowlevel.Task | None = None

    async def wait(self) -> None:
        """Return when it is finished. Only one task waits: an event would take a fifth more time."""
        if self.finished:
            return

        def abort(_raise_cancel: object) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(abort)

    def finish(self) -> None:
        """Wake the task, for which `result` is there; must be called in the Trio thread."""
        self.finished = True
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)
            self._task = None
