"""Timers of an actor: they call a method of the running incarnation through the system lane."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import trio

from ._called import check_called
from ._sweeper import Appointment
from ._system_call import SystemCall

if TYPE_CHECKING:
    from ._cell import Cell


class Timer:
    """One timer; made by `Context.after` or `Context.every`. It ends with the incarnation that made it."""

    __slots__ = ("_appointment", "_call", "_cell", "_due", "_interval", "_waits")

    def __init__(
        self,
        cell: Cell,
        delay: float,
        interval: float | None,
        method: Callable[..., Any],
        args: tuple[object, ...],
    ) -> None:
        check_called(method, by="after" if interval is None else "every")
        if math.isnan(delay):
            raise ValueError("a delay of nan seconds cannot be: give seconds from 0")
        self._cell, self._interval = cell, interval
        self._call = SystemCall(method, args, self)
        self._waits = False
        self._due = trio.current_time() + delay
        self._appointment: Appointment | None = self._arm()
        cell.have_extras().timers[self] = None

    @property
    def active(self) -> bool:
        """Tell whether the timer will call again."""
        return self._appointment is not None

    def cancel(self) -> None:
        """Call no more, not even the call that already waits."""
        self._waits = False
        if self._appointment is not None:
            self._appointment.cancel()
            self._appointment = None
        if self._cell.extras is not None:
            self._cell.extras.timers.pop(self, None)

    def begin(self) -> bool:
        """Tell whether the call that waited is still wanted; another one may wait from now on."""
        wanted, self._waits = self._waits, False
        if self._interval is None and self._cell.extras is not None:
            self._cell.extras.timers.pop(self, None)
        return wanted

    def _arm(self) -> Appointment:
        return self._cell.host.system.sweeper.at(self._due, self._fire)

    def _fire(self) -> None:
        if self._interval is None:
            self._appointment = None
        else:
            # Beats that were missed are skipped, and the rhythm is kept.
            now = trio.current_time()
            due = self._due + self._interval * (1 + (now - self._due) // self._interval)
            # Tiny intervals vanish in floats, or have missed more beats than a float can count.
            self._due = due if now < due < math.inf else math.nextafter(now, math.inf)
            self._appointment = self._arm()
        if not self._waits:  # never two waiting calls of one timer
            self._waits = True
            self._cell.post(self._call)
