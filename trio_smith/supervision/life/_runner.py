"""One child while it is run: its incarnations begin here, and are reported to the engine."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio
from trio.lowlevel import Abort, RaiseCancelT, enable_ki_protection, reschedule, wait_task_rescheduled

from ...actor import Cell
from ...actor._cancellation import is_cancellation
from ...actor._host import SupervisorPort
from ...exits import KILLED, RETURNED, STOPPED, Crashed, ExitReason, Ignore, ShutDown, Shutdown, is_fatal
from ...telemetry import ChildEnded, ChildIgnored, ChildStarted, ChildStartFailed, StopRaised, SupervisorEnded
from ..engine import StopChild
from ..spec import ChildSpec, Kind
from ._run import run
from ._start_error import start_error
from ._started import Started
from ._stops import Stops
from ._task_state import ABSENT, LIVING, PARKED, RENEWED, REPORTING

if TYPE_CHECKING:
    from .._shell import Shell


class Runner(Stops):
    """The record of a child that lives; the engine knows it as a `Slot`, its actor as a `Host`."""

    __slots__ = ()

    def __init__(self, shell: Shell, spec: ChildSpec, name: str) -> None:
        super().__init__(shell, spec, name)
        if spec.kind is Kind.ACTOR:
            self.cell: Cell | None = Cell(self, spec.start)  # type: ignore[arg-type]

    # As a host of an actor ---------------------------------------------------------------

    def ready(self) -> None:
        """Report that this incarnation is ready; too late if its start timed out, and has failed."""
        if self.timed_out:
            return
        self.is_ready = True
        if self.spec.start_timeout is not None and self.stop_at is None and self.scope is not None:
            self.scope.deadline = math.inf
            self.shell.stuck.forget(self)
        shell = self.shell
        if shell.system.events.active:
            self.emit(ChildStarted)
        shell.step(shell.engine.started, self, shell.engine.now if shell.performing else self.system.now())

    @enable_ki_protection
    def stop_from_inside(self, drain: float | None) -> None:
        """Ask the supervisor to stop this child, and do not wait for it; None: with the drain of its spec."""
        if self.cell is not None:
            self.cell.announce_stop(self.spec.drain if drain is None else drain)
        self.shell.post(StopChild(self, drain))

    def spawn(self, function: Callable[..., Awaitable[object]], *args: object, name: str) -> None:
        """Run *function* in a Trio task beside this child, in a clean context; it must not raise."""
        self.shell.spawn_beside(function, *args, name=name)

    @enable_ki_protection
    def inner_supervisor(self) -> SupervisorPort:
        """Return the supervisor whose children belong to this incarnation, opening it on first use."""
        return self.system.inner_supervisor(self)

    # One incarnation ---------------------------------------------------------------------

    def started(self) -> Started:
        """Return what a request that has started it is answered."""
        return Started(runner=self, incarnation=self.incarnation, ignored=self.ignored)

    def begin(self) -> bool:
        """Have a Trio task run one more incarnation; tell whether it is ready at once."""
        self.stop_at = self.soft = None
        if self.appointment is not None:
            self.forget_appointment()
        self.final = self.closed = self.ignored = False
        if self.cell is not None:
            self.cell.open_again()
        self.scope = trio.CancelScope(shield=True)
        if self.task_state is PARKED:
            self.task_state = RENEWED
            assert self.task is not None
            self.task.context = self.shell.context.copy()  # in effect when it wakes
            reschedule(self.task)
        elif self.task_state is REPORTING:
            self.task_state = RENEWED
        else:
            self.task, self.task_state = None, LIVING
            self.shell.spawn(run, self)
        self.is_ready = self.spec.ready_at_once
        if self.is_ready:
            if self.shell.system.events.active:
                self.emit(ChildStarted)
        elif self.spec.start_timeout is not None:
            self.set_deadline(self.system.now() + self.spec.start_timeout)
        return self.is_ready

    def report(self, failure: BaseException | None) -> None:
        """Tell the engine how the incarnation ended; it may begin another one at once."""
        shell = self.shell
        assert self.task is not None
        if self.task.child_nurseries:  # left open: this task is of no use for another incarnation
            self.task, self.task_state = None, ABSENT
        else:
            self.task_state = REPORTING
        fatal = failure if failure is not None and is_fatal(failure) else None
        if fatal is not None:
            # Before it is reported: nobody may restart it, nor hear of it as of a failure of a request.
            shell.doom()
            shell.block.interrupt(fatal)
        if self.is_ready:
            self.report_end(failure, shell.system.now())
        else:
            self.report_start(failure, shell.system.now())
        if fatal is not None:
            shell.block.stop_all()
        if self.task_state is REPORTING:
            if self.closed or shell.engine.idle or fatal is not None:
                self.task_state = ABSENT
            else:
                self.task_state = PARKED
                shell.dormant.append(self)

    def report_end(self, failure: BaseException | None, now: float) -> None:
        """Tell the engine that the incarnation has ended."""
        shell, engine, incarnation = self.shell, self.shell.engine, self.incarnation
        self.last_reason = reason = self.reason(failure, now)
        # Before anybody is told: whoever steps the engine from here on has to see that it is dead.
        engine.note_end(self, reason)
        if self.cell is not None:
            self.cell.ended(reason, failure)
        if self.final:
            self.close()
        if shell.system.events.active:
            if self.stop_at is not None and failure is not None and not is_cancellation(failure):
                self.emit(StopRaised, error=failure)
            self.emit(SupervisorEnded if self.kind is Kind.SUPERVISOR else ChildEnded, reason=reason)
        shell.step(engine.exited, self, incarnation, reason, now)

    def report_start(self, failure: BaseException | None, now: float) -> None:
        """Tell the engine that the incarnation did not become ready."""
        shell = self.shell
        if self.cell is not None:
            self.cell.ended(None, failure)
        if isinstance(failure, Ignore):
            self.ignored = True
            if self.system.events.active:
                self.emit(ChildIgnored)
            shell.step(shell.engine.ignored, self, now)
            return
        error = start_error(self, failure)
        if self.system.events.active:
            self.emit(ChildStartFailed, error=error)
        shell.step(shell.engine.start_failed, self, error, now)

    def reason(self, failure: BaseException | None, now: float) -> ExitReason:
        """Say why the incarnation ended."""
        assert self.scope is not None
        if self.stop_at is not None and now >= self.stop_at and self.scope.cancel_called:
            return KILLED
        if self.stop_at is not None and self.kind is not Kind.SUPERVISOR:
            return STOPPED
        if failure is None:
            return self.shell.result_of(self) if self.kind is Kind.SUPERVISOR else RETURNED
        if isinstance(failure, Shutdown):
            return ShutDown(failure.why)
        return Crashed(failure)

    async def park(self) -> None:
        """Wait until the engine knows whether there will be another incarnation."""
        # Whoever stops the tree releases the dormant ones, so there is nothing to abort.
        await wait_task_rescheduled(_never_abort)


def _never_abort(_: RaiseCancelT) -> Abort:
    return Abort.FAILED
