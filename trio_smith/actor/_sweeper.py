"""One Trio task that calls back at set times: every timer and watchdog of a system shares it."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

import trio
from trio.lowlevel import (
    Abort,
    RaiseCancelT,
    Task,
    current_task,
    enable_ki_protection,
    reschedule,
    wait_task_rescheduled,
)

# Seconds between two sweeps at least: what falls due in between is called together, up to so much
# late. Ten thousand timers of one second then cost a thousand wake-ups a second, not ten thousand.
GAP = 0.001

# Cancelled appointments that may lie in the heap before it is looked through for them.
FORGOTTEN = 64


class Appointment:
    """One call at one time; `cancel` it while it is still ahead."""

    __slots__ = ("_sweeper", "call")

    def __init__(self, sweeper: Sweeper, call: Callable[[], None]) -> None:
        self._sweeper = sweeper
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Call nothing; harmless when it is over."""
        if self.call is not None:
            self.call = None
            self._sweeper.forget_one()


class Sweeper:
    """Calls at set times, never early, in order of time, then of arrival.

    The calls are ours: short, synchronous, never raising.

    *start* is called when the first appointment is made, and has to start `run` as a Trio task:
    a system without timers has no such task.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start: Callable[[], None] | None = start
        self._heap: list[tuple[float, int, Appointment]] = []
        self._number = itertools.count()
        self._cancelled = 0
        self._parked: Task | None = None

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    @enable_ki_protection
    def at(self, when: float, call: Callable[[], None]) -> Appointment:
        """Call *call* at *when* (seconds of Trio's clock), or as soon as possible if that is past."""
        appointment = Appointment(self, call)
        earliest = self._heap[0][0] if self._heap else math.inf
        heapq.heappush(self._heap, (when, next(self._number), appointment))
        if self._start is not None:
            start, self._start = self._start, None
            start()
        elif when < earliest and self._parked is not None:
            task, self._parked = self._parked, None
            reschedule(task)
        return appointment

    def forget_one(self) -> None:
        """Note that an appointment was cancelled; rebuild the heap when most of it is."""
        self._cancelled += 1
        if self._cancelled > FORGOTTEN and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].call is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    @enable_ki_protection
    async def run(self) -> None:
        """Serve until cancelled."""
        earliest = -math.inf
        while True:
            now = trio.current_time()
            if now >= earliest and self._call_due(now):
                earliest = now + GAP
            following = self._heap[0][0] if self._heap else math.inf
            with trio.CancelScope(deadline=max(following, earliest)):
                self._parked = current_task()
                await wait_task_rescheduled(self._unpark)

    def _call_due(self, now: float) -> bool:
        called = False
        while self._heap and self._heap[0][0] <= now:
            appointment = heapq.heappop(self._heap)[2]
            call, appointment.call = appointment.call, None
            if call is None:
                self._cancelled -= 1
            else:
                call()
                called = True
        return called

    def _unpark(self, _: RaiseCancelT) -> Abort:
        self._parked = None
        return Abort.SUCCEEDED
