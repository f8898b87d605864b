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

# Cancelled appointments that may lie in the heap, beside as many as are ahead, before it is cleared of them.
FORGOTTEN = 64


class Appointment:
    """One call at one time; `cancel` it while it is still ahead."""

    __slots__ = ("_number", "_sweeper")

    def __init__(self, sweeper: Sweeper, number: int) -> None:
        self._sweeper, self._number = sweeper, number

    def cancel(self) -> None:
        """Call nothing; harmless when it is over."""
        self._sweeper.forget(self._number)


class Sweeper:
    """Calls at set times, never early, in order of time, then of arrival.

    The calls are ours: short, synchronous, never raising.

    *start* is called when the first appointment is made, and has to start `run` as a Trio task:
    a system without timers has no such task.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start: Callable[[], None] | None = start
        # Numbers alone in the heap: what is cancelled is freed at once, and what is left of it there is not
        # tracked by the garbage collector, so that many of them do not bring on its full collections.
        self._heap: list[tuple[float, int]] = []
        self._calls: dict[int, Callable[[], None]] = {}
        self._number = itertools.count()
        self._parked: Task | None = None

    def __len__(self) -> int:
        return len(self._calls)

    @enable_ki_protection
    def at(self, when: float, call: Callable[[], None]) -> Appointment:
        """Call *call* at *when* (seconds of Trio's clock), or as soon as possible if that is past."""
        number = next(self._number)
        earliest = self._heap[0][0] if self._heap else math.inf
        self._calls[number] = call
        heapq.heappush(self._heap, (when, number))
        if self._start is not None:
            start, self._start = self._start, None
            start()
        elif when < earliest and self._parked is not None:
            task, self._parked = self._parked, None
            reschedule(task)
        return Appointment(self, number)

    def forget(self, number: int) -> None:
        """Cancel the appointment of this number if it is ahead; clear the heap when most is cancelled."""
        if self._calls.pop(number, None) is None:
            return
        if len(self._heap) > 2 * len(self._calls) + FORGOTTEN:
            heap = [entry for entry in self._heap if entry[1] in self._calls]
            heapq.heapify(heap)
            self._heap = heap

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
            call = self._calls.pop(heapq.heappop(self._heap)[1], None)
            if call is not None:
                call()
                called = True
        return called

    def _unpark(self, _: RaiseCancelT) -> Abort:
        self._parked = None
        return Abort.SUCCEEDED
