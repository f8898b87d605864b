"""How a child is stopped within its grace, and killed."""

from __future__ import annotations

import math

from trio.lowlevel import reschedule

from ...exits import KILLED, STOPPED
from ...telemetry import ChildEnded
from ..engine import Phase
from ..spec import Kind
from ._record import Record
from ._task_state import ABSENT, PARKED


class Stops(Record):
    """What the shell does to a child that is to end."""

    __slots__ = ()

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

    def arm_grace(self) -> None:
        """Cancel this incarnation when its grace has passed from now."""
        if self.stop_at is None and self.grace != math.inf:
            self.set_deadline(self.system.now() + self.grace)

    def cancel_start(self, now: float) -> None:
        """Cancel a start in progress; what a nested supervisor has started already is stopped in order."""
        begun = self.kind is Kind.SUPERVISOR and self.inner and self.inner[0].engine.phase is not Phase.NEW
        if begun and self.grace > 0:
            self.ask_stop(now, final=True)
        else:
            self.kill(now)

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

    def kill_inner(self) -> None:
        """Cancel at once what lives under the supervisors inside it."""
        for shell in self.inner or ():
            shell.stop(KILLED)  # or what is killed would be restarted
            shell.kill_all()

    def release(self) -> None:
        """Let its task end, if it waits for another incarnation: there will be none, or in another task."""
        if self.task_state is PARKED and self.task is not None:
            self.task_state = ABSENT
            reschedule(self.task)
