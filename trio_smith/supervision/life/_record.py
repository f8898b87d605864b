"""What is known of one child while it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from trio.lowlevel import Task, checkpoint

from ...exits import RETURNED, ExitReason
from ..engine import Slot
from ..spec import ChildSpec, default_restart, grace_of
from ._down import Down
from ._task_state import ABSENT, PARKED

if TYPE_CHECKING:
    from ...actor import Cell
    from ...actor._sweeper import Appointment
    from .._shell import Shell
    from .._system import System


class Record(Slot):
    """What the shell has to know of a child besides what the engine decides upon."""

    __slots__ = (
        "appointment",
        "cell",
        "closed",
        "down",
        "ended_at_rest",
        "final",
        "grace",
        "ignored",
        "inner",
        "is_ready",
        "kind",
        "last_reason",
        "scope",
        "shell",
        "soft",
        "stop_at",
        "task",
        "task_state",
        "value",
    )

    def __init__(self, shell: Shell, spec: ChildSpec, name: str) -> None:
        super().__init__(spec, name, spec.restart or default_restart(spec.kind))
        self.shell, self.kind, self.grace = shell, spec.kind, grace_of(spec)
        self.task: Task | None = None
        self.scope: trio.CancelScope | None = None
        self.cell: Cell | None = None
        self.task_state = ABSENT
        self.closed = self.final = self.ignored = self.is_ready = False
        self.appointment: Appointment | None = None  # the end of a backoff, or of a grace
        self.stop_at: float | None = None  # when its grace ends, once it was asked to stop
        self.ended_at_rest = 0  # the last incarnation whose end was reported while its task rested
        self.soft: trio.Event | None = None  # set when a stop is asked for, if somebody took it
        self.last_reason: ExitReason = RETURNED
        self.down: Down | None = None  # if somebody waits until it is down for good
        self.inner: list[Shell] | None = None  # supervisors that live inside it
        self.value: object = None  # what it gave to task_status.started()

    @property
    def system(self) -> System:
        """The surroundings that it shares with all others."""
        return self.shell.system

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the root supervisor, which has none, down to this child."""
        return (*self.shell.path, self.id)

    @property
    def is_cancelled(self) -> bool:
        """Tell whether this incarnation has been cancelled by its supervisor."""
        return self.scope is not None and self.scope.cancel_called

    @property
    def timed_out(self) -> bool:
        """Tell whether the start is cancelled because it took longer than it may."""
        if self.spec.start_timeout is None or self.stop_at is not None or self.scope is None:
            return False
        return self.scope.cancel_called

    def runs(self, incarnation: int) -> bool:
        """Tell whether that incarnation has not ended yet."""
        return self.incarnation == incarnation and self.task is not None and self.task_state is not PARKED

    def remember(self, appointment: Appointment) -> None:
        """Keep the one appointment that concerns this child, so that it can be cancelled when it is moot."""
        if self.appointment is not None:
            self.appointment.cancel()
        self.appointment = appointment

    def forget_appointment(self) -> None:
        """Cancel it."""
        if self.appointment is not None:
            self.appointment.cancel()
            self.appointment = None

    def emit(self, event: Callable[..., object], **facts: object) -> None:
        """Tell the observers of *event*."""
        facts.setdefault("incarnation", self.incarnation)
        self.system.emit(event(path=self.path, id=self.id, **facts))

    def close(self) -> None:
        """Be down for good: nobody need wait for it any longer."""
        self.closed = True
        self.forget_appointment()
        if self.cell is not None and self.cell.final_reason is None:
            self.cell.close_for_good(self.last_reason)
        if self.down is not None:
            self.down.happen(self.last_reason)
            self.down = None

    async def wait_down(self) -> ExitReason:
        """Wait until it is down for good and return why it ended last."""
        await checkpoint()
        if self.closed:
            return self.last_reason
        if self.down is None:
            self.down = Down()
        return await self.down.wait()
