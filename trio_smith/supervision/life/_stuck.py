"""Report children that do not end although they have been cancelled."""

from __future__ import annotations

import logging
import math
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs

from ...telemetry import ChildStuck
from ._await_point import await_point

if TYPE_CHECKING:
    from ...actor._sweeper import Appointment
    from .._system import System
    from ._record import Record

_LOG = logging.getLogger("trio_smith.supervision")

# Between two reports of a child whose grace is 0 or has no limit.
DEFAULT_PERIOD = 5.0


@attrs.frozen(kw_only=True)
class Expectation:
    """That an incarnation that was cancelled ends; looked at a grace later, and after each further grace."""

    incarnation: int
    cancelled_at: float
    looks: int = 0

    def due(self, period: float) -> float:
        """Return when to look next."""
        return self.cancelled_at + period * (self.looks + 1)


class StuckWatch:
    """Looks after the children of one supervisor while some are being stopped.

    A child is stuck when it has not ended a whole grace after it was cancelled. It is reported then and
    after each further grace, and waited for. One appointment serves all children: a tree of thousands
    is stopped without setting thousands of timers.
    """

    __slots__ = ("_appointment", "_at", "_expected", "_system")

    def __init__(self, system: System) -> None:
        self._system = system
        self._expected: dict[Record, Expectation] = {}
        self._appointment: Appointment | None = None
        self._at = math.inf

    def expect(self, runner: Record, cancelled_at: float) -> None:
        """Expect *runner*, which is or will be cancelled at *cancelled_at*, to end soon after."""
        expected = Expectation(incarnation=runner.incarnation, cancelled_at=cancelled_at)
        self._expected[runner] = expected
        self._look_at(expected.due(_period(runner)))

    def forget(self, runner: Record) -> None:
        """Expect nothing of *runner* any more."""
        self._expected.pop(runner, None)

    def _look_at(self, when: float) -> None:
        if when < self._at:
            if self._appointment is not None:
                self._appointment.cancel()
            self._at = when
            self._appointment = self._system.sweeper.at(when, self._look)

    def _look(self) -> None:
        self._at, self._appointment = math.inf, None
        now = self._system.now()
        for runner, expected in list(self._expected.items()):
            if not runner.runs(expected.incarnation):
                del self._expected[runner]
                continue
            period = _period(runner)
            if expected.due(period) <= now:
                _report(runner, now - expected.cancelled_at)
                # By counting: a look that is due by the clock's rounding would be due again at once.
                self._expected[runner] = attrs.evolve(expected, looks=expected.looks + 1)
            self._look_at(max(self._expected[runner].due(period), math.nextafter(now, math.inf)))


def _period(runner: Record) -> float:
    return runner.grace if 0 < runner.grace < math.inf else DEFAULT_PERIOD


def _report(runner: Record, waited: float) -> None:
    if runner.system.events.active:
        runner.emit(ChildStuck, waited=waited, await_point=await_point(runner.task, ours=True))
    with suppress(Exception):  # what hangs on logging must not hurt the tree
        _LOG.warning(
            "%s was cancelled %.1f s ago and has not ended; it waits at %s",
            "/".join(runner.path),
            waited,
            " < ".join(reversed(await_point(runner.task))) or "a place outside Python code",
        )
