"""A circuit breaker round async calls: the shell of `Circuit`."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType
from typing import Self

import attrs
import trio
from trio.lowlevel import Task, current_task, enable_ki_protection

from ..telemetry import Bus, EventStream, Subscription
from ._circuit import Circuit, CircuitState, CircuitStatistics, Permit, Refusal
from ._errors import CircuitOpen
from ._failures import Verdict, Which, check_which, judge
from ._guard import Guard
from ._observed import report_subscriber
from ._run import Run
from ._seconds_until import seconds_until


@attrs.frozen(kw_only=True)
class CircuitChanged:
    """The breaker ``breaker`` went from one state to another; ``error`` is the failure that opened it."""

    breaker: str
    before: CircuitState
    after: CircuitState
    error: BaseException | None


class CircuitBreaker(Guard):
    """Stops calling what fails again and again, so that it can recover and nobody waits for it in vain.

    ``async with breaker:`` or ``@breaker``; one breaker for each thing that can be down, shared by all who
    call it. *failures* in a row open it (or, with a finite *within*, so many within that many seconds). While
    it is open every call gets `CircuitOpen` at once. After *reset_after* seconds up to *probes* calls at once
    are let through; *successes* of them close it, one failure opens it for as long again.

    *on* says what a failure is: a type of Exception, several, or a function that is asked about each one.
    Any other Exception is an answer, so a success. A call that is cancelled, or `Refused` further in, is
    neither: it gives its place back and changes nothing. So put a deadline for slow calls inside the breaker
    (``trio.fail_after``, whose `trio.TooSlowError` is a failure), not only round it. A call counts
    in the state in which it was let through; what ends later is not news.

    An open breaker changes when somebody calls, not by itself. A probe that has not ended after *reset_after*
    seconds no longer keeps others out. *name* stands in errors and events. Each ``trio.run`` begins closed.

    Raises:
        ValueError: An option is out of its bounds; the text names it.
    """

    __slots__ = ("_bus", "_circuit", "_on", "_permits", "_run", "name")

    def __init__(
        self,
        *,
        failures: int = 5,
        within: float = math.inf,
        reset_after: float = 30.0,
        probes: int = 1,
        successes: int = 1,
        on: Which = Exception,
        name: str = "the circuit breaker",
    ) -> None:
        self.name: str = name
        check_which(on)
        self._on: Which = on
        self._circuit = Circuit(
            failures=failures, within=within, reset_after=reset_after, probes=probes, successes=successes
        )
        self._run = Run()
        self._permits: dict[Task, list[Permit]] = {}
        self._bus: Bus[CircuitChanged] = Bus(on_failure=report_subscriber)

    @property
    def state(self) -> CircuitState:
        """What it does with calls; OPEN until the first call after its time."""
        return self._circuit.state

    def statistics(self) -> CircuitStatistics:
        """Return the numbers of this moment."""
        return self._circuit.statistics()

    def subscribe(self, callback: Callable[[CircuitChanged], None]) -> Subscription:
        """Call *callback* with each change of state, in order, at once; what it raises is logged once.

        ``breaker.subscribe(supervisor.system.events.emit)`` puts them among the events of a system.
        """
        return self._bus.subscribe(callback)

    def stream(self, capacity: int = 1024) -> EventStream[CircuitChanged]:
        """Return a stream of the changes, to be opened with ``async with`` and iterated over."""
        return EventStream(self._bus, capacity=capacity)

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        """Let a call through; no checkpoint unless it is refused.

        Raises:
            CircuitOpen: The breaker is open, or all its probes are under way.

        Cancellation: who is refused may get the cancellation instead; nothing is held then.
        """
        if self._run.is_new():
            self._circuit, self._permits = attrs.evolve(self._circuit), {}
        circuit, now, before = self._circuit, trio.current_time(), self._circuit.state
        admitted = circuit.enter(now)
        if isinstance(admitted, Refusal):
            refusal = self._refusal(seconds_until(admitted.until, now))
            # A loop that does nothing but call again must not stop the whole program.
            await trio.lowlevel.checkpoint()
            raise refusal
        try:
            self._tell(before, None)
        except BaseException:  # Ctrl-C or a system exit out of a subscriber: the body will not run
            circuit.leave(admitted, Verdict.NEITHER, now)
            raise
        self._permits.setdefault(current_task(), []).append(admitted)
        return self

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        permit = self._permit()
        before, verdict = self._circuit.state, Verdict.NEITHER
        try:
            verdict = judge(error, self._on)
        finally:  # also if the user's function raises
            self._circuit.leave(permit, verdict, trio.current_time())
            self._tell(before, error)

    def _permit(self) -> Permit:
        task = current_task()
        permits = self._permits.get(task)
        if not permits:
            raise RuntimeError(f"{self.name} was not entered by this Trio task; leave it where you enter it")
        permit = permits.pop()
        if not permits:
            del self._permits[task]
        return permit

    def _refusal(self, retry_after: float) -> CircuitOpen:
        half = self._circuit.state is CircuitState.HALF_OPEN
        why = "its probes are under way" if half else "too many calls have failed"
        return CircuitOpen(breaker=self.name, retry_after=retry_after, why=why)

    def _tell(self, before: CircuitState, error: BaseException | None) -> None:
        after = self._circuit.state
        if after is not before:
            opened_by = error if after is CircuitState.OPEN else None
            self._bus.emit(CircuitChanged(breaker=self.name, before=before, after=after, error=opened_by))
