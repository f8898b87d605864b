"""A request on its way, and whoever waits for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trio.lowlevel import (
    Abort,
    RaiseCancelT,
    Task,
    cancel_shielded_checkpoint,
    checkpoint,
    current_task,
    reschedule,
    wait_task_rescheduled,
)

from ._errors import SupervisorStopped
from .engine import Request

if TYPE_CHECKING:
    from ._shell import Shell


class Pending:
    """One request, and its answer when it has one."""

    __slots__ = ("answered", "error", "request", "shell", "task", "value", "withdraw")

    def __init__(self, shell: Shell, request: Request) -> None:
        self.shell, self.request = shell, request
        self.task: Task | None = None
        self.answered = self.withdraw = False
        self.value: Any = None
        self.error: Exception | None = None

    def answer(self, value: object, error: Exception | None) -> None:
        """Store the answer and wake the caller, if it still waits."""
        self.answered, self.value, self.error = True, value, error
        task, self.task = self.task, None
        if task is not None:
            reschedule(task)

    async def wait(self, *, withdraw: bool) -> Any:
        """Wait for the answer and return it, or raise it.

        Cancellation: with *withdraw* the request is taken back, unless it was begun; otherwise it goes on.
        """
        if isinstance(self.error, SupervisorStopped):
            await checkpoint()  # a caller that is cancelled as well hears of that, not of its consequence
        elif self.answered:
            await cancel_shielded_checkpoint()
        else:
            self.task, self.withdraw = current_task(), withdraw
            await wait_task_rescheduled(self._abort)
        if self.error is not None:
            raise self.error
        return self.value

    def _abort(self, _: RaiseCancelT) -> Abort:
        self.task = None
        if self.withdraw and self.shell.engine.withdraw(self):
            self.shell.unanswered.pop(self, None)
        return Abort.SUCCEEDED
