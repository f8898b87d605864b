"""How a child function reports that it is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trio.lowlevel import enable_ki_protection

from ..engine import STARTING

if TYPE_CHECKING:
    from ._runner import Runner


class TaskStatus:
    """What a child function gets as ``task_status``."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self._incarnation = runner, runner.incarnation

    @enable_ki_protection
    def started(self, value: object = None) -> None:
        """Report that the child is ready, once; *value* becomes `Child.value`."""
        runner = self._runner
        if runner.condition is not STARTING or runner.incarnation != self._incarnation:
            raise RuntimeError("task_status.started() was called twice, or by an incarnation that has ended")
        runner.value = value
        runner.ready()
