"""A circuit and a list of all that has happened agree, whatever is called in whatever order."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from itertools import takewhile

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trio_smith.resilience import CircuitState
from trio_smith.resilience._circuit import Circuit, Permit, Refusal
from trio_smith.resilience._failures import Verdict


@attrs.define(eq=False)
class Call:
    """One call, as the model knows it: when it began and ended, and what it was."""

    permit: Permit
    began: int
    verdict: Verdict | None = None
    ended: int = -1


@attrs.define
class Phase:
    """A time in one state: since when, and the calls that were let through in it, in order."""

    state: CircuitState
    since: int
    calls: list[Call] = attrs.field(factory=list[Call])
    ends: list[Call] = attrs.field(factory=list[Call])


class CircuitMachine(RuleBasedStateMachine):
    """The circuit beside its model, which forgets nothing and counts everything anew each time."""

    @initialize(
        failures=st.integers(1, 4),
        within=st.sampled_from([math.inf, 5, 20]),
        probes=st.integers(1, 3),
        successes=st.integers(1, 4),
    )
    def make(self, failures: int, within: float, probes: int, successes: int) -> None:
        """Begin closed."""
        self.reset = 10
        self.circuit = Circuit(
            failures=failures, within=within, reset_after=self.reset, probes=probes, successes=successes
        )
        self.now = 0
        self.phases = [Phase(CircuitState.CLOSED, 0)]
        self.flying: list[Call] = []
        self.all: list[Call] = []
        self.refused = 0

    @property
    def phase(self) -> Phase:
        """The present one."""
        return self.phases[-1]

    def holding(self) -> list[Call]:
        """Return the probes that hold a place."""
        if self.phase.state is not CircuitState.HALF_OPEN:
            return []
        return [one for one in self.phase.calls if one.verdict is None and self.now < one.began + self.reset]

    def refuses_until(self) -> int | None:
        """Say until when the next call is refused; None if it is not."""
        match self.phase.state:
            case CircuitState.OPEN if self.now < self.phase.since + self.reset:
                return self.phase.since + self.reset
            case CircuitState.HALF_OPEN if len(self.holding()) >= self.circuit.probes:
                return min(one.began for one in self.holding()) + self.reset
            case _:
                return None

    def failures_that_count(self) -> Iterator[Call]:
        """Yield the last failures of this phase: those in a row, or those in the window."""
        ends = [one for one in reversed(self.phase.ends) if one.verdict is not Verdict.NEITHER]
        if self.circuit.within == math.inf:
            return takewhile(lambda one: one.verdict is Verdict.FAILURE, ends)
        return (
            one
            for one in ends
            if one.verdict is Verdict.FAILURE and self.now <= one.ended + self.circuit.within
        )

    @rule(seconds=st.integers(0, 12))
    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.now += seconds

    @rule()
    def enter(self) -> None:
        """Make a call."""
        until = self.refuses_until()
        admitted = self.circuit.enter(self.now)
        if until is not None:
            assert admitted == Refusal(until)
            self.refused += 1
            return
        assert isinstance(admitted, Permit)
        if self.phase.state is CircuitState.OPEN:
            self.phases.append(Phase(CircuitState.HALF_OPEN, self.now))
        call = Call(admitted, self.now)
        for calls in (self.phase.calls, self.flying, self.all):
            calls.append(call)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def leave(self, data: st.DataObject, verdict: Verdict) -> None:
        """End a call, the first or another one."""
        call = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        call.verdict, call.ended = verdict, self.now
        self.circuit.leave(call.permit, verdict, self.now)
        phase = self.phase
        if not any(one is call for one in phase.calls):
            return
        phase.ends.append(call)
        probing = phase.state is CircuitState.HALF_OPEN
        proven = sum(one.verdict is Verdict.SUCCESS for one in phase.ends)
        needed = 1 if probing else self.circuit.failures
        if verdict is Verdict.FAILURE and len(list(self.failures_that_count())) >= needed:
            self.phases.append(Phase(CircuitState.OPEN, self.now))
        elif probing and proven >= self.circuit.successes:
            self.phases.append(Phase(CircuitState.CLOSED, self.now))

    @invariant()
    def they_agree(self) -> None:
        """The state, and every number."""
        numbers = self.circuit.statistics()
        ended = [one.verdict for one in self.all]
        assert numbers.state is self.circuit.state is self.phase.state
        assert numbers.in_flight == len(self.flying)
        assert numbers.succeeded == ended.count(Verdict.SUCCESS)
        assert numbers.failed == ended.count(Verdict.FAILURE)
        assert numbers.undecided == ended.count(Verdict.NEITHER)
        assert numbers.refused == self.refused
        assert numbers.opened == sum(phase.state is CircuitState.OPEN for phase in self.phases)

    @invariant()
    def no_place_is_lost_or_doubled(self) -> None:
        """At most so many probes hold one, and who has ended holds none."""
        assert len(self.holding()) <= self.circuit.probes
        assert self.circuit.probing <= self.circuit.probes
        if not self.flying:
            assert self.circuit.probing == 0

    @invariant()
    def it_never_refuses_for_longer_than_its_time(self) -> None:
        """Whatever has happened: one that waits so long is let through."""
        later = copy.deepcopy(self.circuit).enter(self.now + self.reset)
        assert isinstance(later, Permit)


TestCircuit = CircuitMachine.TestCase
TestCircuit.settings = settings(max_examples=300, stateful_step_count=60)
