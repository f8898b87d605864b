"""The handle of a child that is a plain async function, or of any child looked at as one."""

from __future__ import annotations

from typing import Any

from ..actor._handle import Handle
from ..actor._seconds import check_drain
from ..exits import ExitReason
from ._self_request import refuse_self
from .engine import Condition, StopChild
from .life import Runner, Started


class Child(Handle):
    """A started child. ``incarnation`` and ``ignored`` are as they were when the request was answered."""

    __slots__ = ("_runner", "ignored", "incarnation")

    def __init__(self, found: Runner | Started) -> None:
        seen = found if isinstance(found, Started) else found.started()
        self._runner = seen.runner
        self.incarnation = seen.incarnation
        """How often it had been tried to start this child; from 1."""
        self.ignored = seen.ignored
        """Whether it raised `Ignore` when it was started: it has no task."""

    def __repr__(self) -> str:
        return f"<Child {self.path}: {self.state.value}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Child) and other._runner is self._runner

    def __hash__(self) -> int:
        return hash(id(self._runner))

    @property
    def id(self) -> str:
        """Its name among the children of its supervisor."""
        return self._runner.id

    @property
    def path(self) -> str:
        """The names from the outermost supervisor to it, joined by "/"."""
        return "/".join(self._runner.path)

    @property
    def state(self) -> Condition:
        """Where it stands now."""
        return self._runner.condition

    @property
    def value(self) -> Any:
        """What it gave to ``task_status.started(...)``, as from ``nursery.start``."""
        return self._runner.value

    async def stop(self, *, drain: float | None = None) -> None:
        """Stop it and wait until it has ended; it stays down. See `Supervisor.stop_child`."""
        check_drain(drain)
        runner = self._runner
        refuse_self(runner.shell, "stop", runner)
        await runner.shell.request(StopChild(runner, drain))

    async def wait_stopped(self) -> ExitReason:
        """Wait until it is down for good, and return why it ended last; restarts do not count.

        Cancellation: a checkpoint; nothing happens to the child.
        """
        return await self._runner.wait_down()
