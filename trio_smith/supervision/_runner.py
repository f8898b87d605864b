"""One child while it is run: its Trio task, its cancel scope, and what the engine is told."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio
from trio.lowlevel import (
    Abort,
    RaiseCancelT,
    Task,
    checkpoint,
    enable_ki_protection,
    reschedule,
    wait_task_rescheduled,
)

from ..actor import Cell
from ..actor._cancellation import is_cancellation
from ..actor._host import SupervisorPort
from ..exits import KILLED, RETURNED, STOPPED, Crashed, ExitReason, Ignore, ShutDown, Shutdown, is_fatal
from ..telemetry import ChildEnded, ChildIgnored, ChildStarted, ChildStartFailed, StopRaised, SupervisorEnded
from ._actions import StopChild
from ._child_spec import ChildSpec, Kind, default_restart, grace_of
from ._children import Phase
from ._down import Down
from ._run import run
from ._slot import Slot
from ._start_error import start_error
from ._started import Started
from ._task_state import ABSENT, LIVING, PARKED, RENEWED, REPORTING

if TYPE_CHECKING:
    from ..actor._sweeper import Appointment
    from ._shell import Shell
    from ._system import System


class Runner(Slot):
    """The record of a child; the engine knows it as a `Slot`, its actor as a `Host`."""

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
        self.cell: Cell | None = Cell(self, spec.start) if spec.kind is Kind.ACTOR else None  # type: ignore[arg-type]
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

    # As a host of an actor ---------------------------------------------------------------

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

    def runs(self, incarnation: int) -> bool:
        """Tell whether that incarnation has not ended yet."""
        return self.incarnation == incarnation and self.task is not None and self.task_state is not PARKED

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

    def arm_grace(self) -> None:
        """Cancel this incarnation when its grace has passed from now."""
        if self.stop_at is None and self.grace != math.inf:
            self.set_deadline(self.system.now() + self.grace)

    def spawn(self, function: Callable[..., Awaitable[object]], *args: object, name: str) -> None:
        """Run *function* in a Trio task beside this child, in a clean context; it must not raise."""
        self.shell.spawn_beside(function, *args, name=name)

    @enable_ki_protection
    def inner_supervisor(self) -> SupervisorPort:
        """Return the supervisor whose children belong to this incarnation, opening it on first use."""
        return self.system.inner_supervisor(self)

    # As told by the shell ----------------------------------------------------------------

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

    def ask_stop(self, now: float, *, final: bool, drain: float = 0.0) -> None:
        """Stop softly, and have the scope cancelled when the grace has passed."""
        if self.cell is None:
            drain = 0.0  # nothing waits for it
        ends = now + drain + self.grace
        self.final, self.stop_at = final, ends if self.stop_at is None else min(self.stop_at, ends)
        assert self.scope is not None
        if self.soft is not None:
            self.soft.set()
        if self.cell is not None:
            if self.cell.rests and self.grace > 0 and self.task is not None and not self.task.child_nurseries:
                self.end_at_rest()
                return
            self.cell.stop(final=final, drain=drain)
        elif self.kind is Kind.SUPERVISOR:
            for shell in self.inner or ():
                shell.stop(STOPPED)
        elif self.soft is None and self.grace > 0:
            self.cancel(now)
            self.expect_inner()
            return
        self.expect_inner()
        if self.grace == 0 and not drain:
            self.kill(now)
        elif self.stop_at != math.inf:
            self.set_deadline(self.stop_at)

    def expect_inner(self) -> None:
        """Have what lives inside it cancelled too when its grace has passed: blocks there have their own."""
        if self.inner is None or self.stop_at is None or self.stop_at == math.inf:
            return
        incarnation, stop_at = self.incarnation, self.stop_at

        def look() -> None:
            if self.runs(incarnation) and self.stop_at == stop_at:
                self.kill_inner()

        self.remember(self.system.sweeper.at(stop_at, look))

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

    def end_at_rest(self) -> None:
        """End an incarnation whose actor rests and holds nothing open: none of the user's code has to run.

        So its end is known at once, in order, without waiting for its Trio task to take a step; that one
        goes on resting until it is begun again or released. Stopping 10,000 of them takes half as long.
        """
        assert self.cell is not None
        self.task_state, self.ended_at_rest = PARKED, self.incarnation
        self.last_reason = STOPPED
        self.cell.end_at_rest(STOPPED if self.final else None)
        if self.final:
            self.close()
            self.release()
        else:
            self.shell.dormant.append(self)
        if self.system.events.active:
            self.emit(ChildEnded, reason=STOPPED)
        engine = self.shell.engine
        self.shell.step(engine.exited, self, self.incarnation, STOPPED, engine.now)

    def cancel(self, now: float) -> None:
        """Cancel the incarnation, and look whether it ends."""
        assert self.scope is not None
        self.scope.cancel("its supervisor stops it")
        self.shell.stuck.expect(self, now)

    def set_deadline(self, when: float) -> None:
        """Have the incarnation cancelled at *when*, and look then whether it ends."""
        assert self.scope is not None
        self.scope.deadline = when
        self.shell.stuck.expect(self, when)

    def started(self) -> Started:
        """Return what a request that has started it is answered."""
        return Started(runner=self, incarnation=self.incarnation, ignored=self.ignored)

    def kill(self, now: float) -> None:
        """Cancel it and all that lives inside it at once."""
        self.kill_alone(now)
        self.kill_inner()

    def kill_alone(self, now: float) -> None:
        """Cancel it at once, whatever it is doing; not what lives under supervisors inside it."""
        if self.scope is None or self.task_state is PARKED:
            return
        if self.stop_at is None or self.stop_at > now:
            self.stop_at = now
        self.cancel(now)

    def cancel_start(self, now: float) -> None:
        """Cancel a start in progress; what a nested supervisor has started already is stopped in order."""
        begun = self.kind is Kind.SUPERVISOR and self.inner and self.inner[0].engine.phase is not Phase.NEW
        if begun and self.grace > 0:
            self.ask_stop(now, final=True)
        else:
            self.kill(now)

    def kill_inner(self) -> None:
        """Cancel at once what lives under the supervisors inside it."""
        for shell in self.inner or ():
            shell.stop(KILLED)  # or what is killed would be restarted
            shell.kill_all()

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

    def emit(self, event: Callable[..., object], **facts: object) -> None:
        """Tell the observers of *event*."""
        facts.setdefault("incarnation", self.incarnation)
        self.system.emit(event(path=self.path, id=self.id, **facts))

    # One incarnation ---------------------------------------------------------------------

    def report(self, failure: BaseException | None) -> None:
        """Tell the engine how the incarnation ended; it may begin another one at once."""
        shell, engine, incarnation = self.shell, self.shell.engine, self.incarnation
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
        now = shell.system.now()
        if self.is_ready:
            reason = self.reason(failure, now)
            self.last_reason = reason
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
        else:
            self.report_start(failure, now)
        if fatal is not None:
            shell.block.stop_all()
        if self.task_state is REPORTING:
            if self.closed or engine.idle or fatal is not None:
                self.task_state = ABSENT
            else:
                self.task_state = PARKED
                shell.dormant.append(self)

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

    @property
    def timed_out(self) -> bool:
        """Tell whether the start is cancelled because it took longer than it may."""
        if self.spec.start_timeout is None or self.stop_at is not None or self.scope is None:
            return False
        return self.scope.cancel_called

    # Between incarnations ----------------------------------------------------------------

    async def park(self) -> None:
        """Wait until the engine knows whether there will be another incarnation."""
        # Whoever stops the tree releases the dormant ones, so there is nothing to abort.
        await wait_task_rescheduled(_never_abort)

    def release(self) -> None:
        """Let its task end, if it waits for another incarnation: there will be none, or in another task."""
        if self.task_state is PARKED and self.task is not None:
            self.task_state = ABSENT
            reschedule(self.task)


def _never_abort(_: RaiseCancelT) -> Abort:
    return Abort.FAILED
