"""The states of a circuit breaker: closed, open, half-open, and what leads from one to the other.

```text
            too many failures                       reset_after has passed, and a call comes
    CLOSED ──────────────────▶ OPEN ─────────────────────────────────────▶ HALF_OPEN
      ▲                          ▲                                          │     │
      │                          └──────────────── a probe fails ───────────┘     │
      └───────────────────────── enough probes succeed ───────────────────────────┘
```
"""

from __future__ import annotations

import math
from collections import deque
from enum import Enum

import attrs

from . import _options as check
from ._failures import Verdict
from ._sliding_window import SlidingWindow


class CircuitState(Enum):
    """What a circuit breaker does with a call."""

    CLOSED = "closed"
    """It lets it through, and counts failures."""
    OPEN = "open"
    """It refuses it, until its time has passed."""
    HALF_OPEN = "half-open"
    """It lets some through as probes, and refuses the others."""


@attrs.frozen(eq=False)
class Permit:
    """A call that was let through: in the circuit's ``era``; as a probe it holds a place until ``until``."""

    era: int
    until: float


@attrs.frozen
class Refusal:
    """A call that was not let through; at the time ``until`` the next one is, if not before."""

    until: float


@attrs.frozen(kw_only=True)
class CircuitStatistics:
    """The numbers of a circuit breaker since the run of Trio began."""

    state: CircuitState
    in_flight: int
    """Calls that were let through and have not ended."""
    succeeded: int
    failed: int
    undecided: int
    """Calls that ended as neither: cancelled, or refused further in."""
    refused: int
    opened: int
    """How often it opened."""


@attrs.define(kw_only=True, eq=False)
class Circuit:
    """The state of one breaker. Times are the caller's, in seconds, and never go back.

    It opens at *failures* failures in a row; or, if *within* is finite, at so many within *within* seconds,
    whatever succeeds between them. After *reset_after* seconds it lets up to *probes* calls through at once;
    *successes* of them close it, one failure opens it again for *reset_after* seconds.

    A call counts in the state in which it was let through: one that ends later says nothing any more.
    A probe that has not ended after *reset_after* seconds holds no place any more (its end still counts),
    so a circuit never refuses for longer than that, whatever became of its probes.
    """

    failures: int = attrs.field(default=5, validator=check.count(1))
    within: float = attrs.field(default=math.inf, validator=check.span)
    reset_after: float = attrs.field(default=30.0, validator=check.seconds)
    probes: int = attrs.field(default=1, validator=check.count(1))
    successes: int = attrs.field(default=1, validator=check.count(1))

    state: CircuitState = attrs.field(default=CircuitState.CLOSED, init=False)
    _era: int = attrs.field(default=0, init=False)
    # All calls of one closed era are alike; to make a permit for each would cost as much as the rest.
    _pass: Permit = attrs.field(factory=lambda: Permit(0, math.inf), init=False)
    _until: float = attrs.field(default=-math.inf, init=False)
    _window: SlidingWindow = attrs.field(init=False)
    _probing: deque[Permit] = attrs.field(factory=deque[Permit], init=False)
    _proven: int = attrs.field(default=0, init=False)
    _ended: dict[Verdict, int] = attrs.field(factory=lambda: dict.fromkeys(Verdict, 0), init=False)
    _admitted: int = attrs.field(default=0, init=False)
    _refused: int = attrs.field(default=0, init=False)
    _opened: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._window = SlidingWindow(self.failures - 1, self.within)

    def enter(self, now: float) -> Permit | Refusal:
        """Let a call through, or refuse it; what was let through must `leave`, once."""
        if self.state is CircuitState.CLOSED:
            self._admitted += 1
            return self._pass
        until = self._refuses_until(now)
        if until is not None:
            self._refused += 1
            return Refusal(until)
        self._admitted += 1
        if self.state is CircuitState.OPEN:
            self._become(CircuitState.HALF_OPEN)
        probe = Permit(self._era, now + self.reset_after)
        self._probing.append(probe)
        return probe

    def leave(self, permit: Permit, verdict: Verdict, now: float) -> None:
        """Note how a call ended; its place, if it had one, is free."""
        self._ended[verdict] += 1
        if permit.era != self._era:
            return
        assert self.state is not CircuitState.OPEN, "an open circuit lets nobody through"
        if self.state is CircuitState.CLOSED:
            self._count(verdict, now)
            return
        if permit in self._probing:
            self._probing.remove(permit)
        self._learn(verdict, now)

    def statistics(self) -> CircuitStatistics:
        """Return the numbers of this moment."""
        ended = self._ended
        return CircuitStatistics(
            state=self.state,
            in_flight=self._admitted - sum(ended.values()),
            succeeded=ended[Verdict.SUCCESS],
            failed=ended[Verdict.FAILURE],
            undecided=ended[Verdict.NEITHER],
            refused=self._refused,
            opened=self._opened,
        )

    @property
    def probing(self) -> int:
        """How many places are held by probes that have not ended."""
        return len(self._probing)

    def _refuses_until(self, now: float) -> float | None:
        if self.state is CircuitState.OPEN:
            return self._until if now < self._until else None
        while self._probing and now >= self._probing[0].until:
            self._probing.popleft()
        return self._probing[0].until if len(self._probing) >= self.probes else None

    def _count(self, verdict: Verdict, now: float) -> None:
        if verdict is Verdict.FAILURE and not self._window.admit(now):
            self._open(now)
        elif verdict is Verdict.SUCCESS and self.within == math.inf:
            self._window.clear()  # in a row, that means

    def _learn(self, verdict: Verdict, now: float) -> None:
        if verdict is Verdict.FAILURE:
            self._open(now)
        elif verdict is Verdict.SUCCESS:
            self._proven += 1
            if self._proven >= self.successes:
                self._become(CircuitState.CLOSED)

    def _open(self, now: float) -> None:
        self._until = now + self.reset_after
        self._opened += 1
        self._become(CircuitState.OPEN)

    def _become(self, state: CircuitState) -> None:
        self.state = state
        self._era += 1
        self._pass = Permit(self._era, math.inf)
        self._proven = 0
        self._probing.clear()
        self._window.clear()
