"""A request on its way, and whoever waits for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trio.lowlevel import Abort, RaiseCancelT, Task, reschedule

from ._actions import Request

if TYPE_CHECKING:
    from ._shell import Shell


class Pending:
    """One request. Its caller, cancelled before its turn, takes it back; once begun it is finished."""

    __slots__ = ("answered", "error", "request", "shell", "task", "value")

    def __init__(self, shell: Shell, request: Request) -> None:
        self.shell, self.request = shell, request
        self.task: Task | None = None
        self.answered = False
        self.value: Any = None
        self.error: Exception | None = None

    def answer(self, value: object, error: Exception | None) -> None:
        """Store the answer and wake the caller, if it still waits."""
        self.answered, self.value, self.error = True, value, error
        task, self.task = self.task, None
        if task is not None:
            reschedule(task)

    def abort(self, _: RaiseCancelT) -> Abort:
        """The caller is cancelled."""
        self.task = None
        self.shell.engine.withdraw(self)
        return Abort.SUCCEEDED
