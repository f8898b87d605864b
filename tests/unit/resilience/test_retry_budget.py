"""Retries are a share of the calls, and no accounting is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trio_smith.resilience import RetryBudget


class BudgetMachine(RuleBasedStateMachine):
    """The budget beside an account in exact fractions."""

    @initialize(share=st.fractions(0, 1, max_denominator=1000), reserve=st.integers(1, 5))
    def make(self, share: Fraction, reserve: int) -> None:
        """Begin with the reserve."""
        self.budget = RetryBudget(share=float(share), reserve=reserve)
        self.share, self.reserve = share, reserve
        self.account = Fraction(reserve)
        self.calls = self.retries = self.refused = 0

    @rule(times=st.integers(1, 30))
    def earn(self, times: int) -> None:
        """Make calls."""
        for _ in range(times):
            self.budget.earn()
            self.account = min(Fraction(self.reserve), self.account + self.share)
        self.calls += times

    @rule()
    def spend(self) -> None:
        """Ask for a retry."""
        there = self.account >= 1
        assert self.budget.spend() is there
        self.account -= there
        self.retries += there
        self.refused += not there

    @precondition(lambda self: self.retries)
    @rule()
    def give_back(self) -> None:
        """Do not make one after all."""
        self.budget.give_back()
        self.account = min(Fraction(self.reserve), self.account + 1)
        self.retries -= 1

    @invariant()
    def it_holds_what_it_says(self) -> None:
        """Every number, and what the whole thing is for."""
        numbers = self.budget.statistics()
        assert (numbers.calls, numbers.retries, numbers.refused) == (self.calls, self.retries, self.refused)
        assert numbers.available == int(self.account)
        assert numbers.retries <= self.reserve + self.share * self.calls


TestBudget = BudgetMachine.TestCase
TestBudget.settings = settings(max_examples=200, stateful_step_count=40)


def test_ten_tenths_are_one_retry() -> None:
    """In floats they are a bit less, and the eleventh call would have to pay for that."""
    budget = RetryBudget(share=0.1, reserve=1)
    assert budget.spend()
    for _ in range(9):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"share": 1.1}, "share is a share from 0 to 1, not 1.1"),
        ({"share": -0.1}, "share is a share from 0 to 1"),
        ({"reserve": 0}, "reserve must be a whole number from 1, not 0"),
    ],
)
def test_an_option_out_of_bounds_is_refused_at_the_door(options: dict[str, float], sentence: str) -> None:
    """The error names it."""
    with pytest.raises(ValueError, match=sentence):
        RetryBudget(**options)  # type: ignore[arg-type]  # that is the point
