"""Report children that do not end although they have been cancelled."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..telemetry import ChildStuck
from ._await_point import await_point

if TYPE_CHECKING:
    from ..actor._sweeper import Appointment
    from ._runner import Runner
    from ._system import System

_LOG = logging.getLogger("trio_smith.supervision")

# Between two reports of a child whose grace is 0 or has no limit.
DEFAULT_PERIOD = 5.0


class StuckWatch:
    """Looks after the children of one supervisor while some are being stopped.

    A child is stuck when it has not ended a whole grace after it was cancelled. It is reported then and
    after each further grace, and waited for. One appointment serves all children: a tree of thousands
    is stopped without setting thousands of timers.
    """

    __slots__ = ("_appointment", "_at", "_runners", "_system")

    def __init__(self, system: System, runners: Callable[[], Iterable[Runner]]) -> None:
        self._system, self._runners = system, runners
        self._appointment: Appointment | None = None
        self._at = math.inf

    def expect(self, runner: Runner, cancelled_at: float) -> None:
        """Expect *runner*, which is or will be cancelled at *cancelled_at*, to end soon after."""
        runner.cancelled_at = cancelled_at
        self._look_at(cancelled_at + _period(runner))

    def _look_at(self, when: float) -> None:
        if when < self._at:
            if self._appointment is not None:
                self._appointment.cancel()
            self._at = when
            self._appointment = self._system.sweeper.at(when, self._look)

    def _look(self) -> None:
        self._at, self._appointment = math.inf, None
        now = self._system.now()
        for runner in list(self._runners()):
            if runner.cancelled_at is None or runner.task is None or runner.parked:
                continue
            period = _period(runner)
            waited = now - runner.cancelled_at
            if waited >= period:
                _report(runner, waited)
            self._look_at(runner.cancelled_at + period * max(1, 1 + waited // period))


def _period(runner: Runner) -> float:
    return runner.grace if 0 < runner.grace < math.inf else DEFAULT_PERIOD


def _report(runner: Runner, waited: float) -> None:
    if runner.system.events.active:
        runner.emit(ChildStuck, waited=waited, await_point=await_point(runner.task, ours=True))
    _LOG.warning(
        "%s was cancelled %.1f s ago and has not ended; it waits at %s",
        "/".join(runner.path),
        waited,
        " < ".join(reversed(await_point(runner.task))) or "a place outside Python code",
    )
