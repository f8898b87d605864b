"""How many retries in all: a share of the calls, so that retries cannot drown what is already down."""

from __future__ import annotations

from fractions import Fraction

import attrs

from . import _options as check


@attrs.frozen(kw_only=True)
class RetryBudgetStatistics:
    """The numbers of a retry budget since it was made."""

    calls: int
    """First attempts."""
    retries: int
    """Attempts after the first."""
    refused: int
    """Retries that were not made because the budget was spent."""
    available: int
    """How many retries could be made now."""


@attrs.define(kw_only=True, eq=False)
class RetryBudget:
    """Retries are at most *share* of the calls, beyond a *reserve* that is there from the beginning.

    Give one budget to all the retries that hit the same thing. Each call earns *share* of a retry (0.1: ten
    calls earn one), kept up to *reserve*; each retry spends one. When something is down, the reserve goes
    first, and then the load on it grows by *share* and no more, however many attempts each call may make.

    *share* is a number from 0 to 1, counted exactly to a thousandth; *reserve* is a whole number from 1.

    Source: the retry throttling of gRPC (proposal A6) and Finagle's RetryBudget.
    """

    share: float = attrs.field(default=0.1, validator=check.share)
    reserve: int = attrs.field(default=10, validator=check.count(1))

    # In whole parts of a retry, so that ten tenths are one.
    _earned: int = attrs.field(init=False)
    _price: int = attrs.field(init=False)
    _held: int = attrs.field(init=False)
    _calls: int = attrs.field(default=0, init=False)
    _retries: int = attrs.field(default=0, init=False)
    _refused: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        part = Fraction(self.share).limit_denominator(1000)
        self._earned, self._price = part.numerator, part.denominator
        self._held = self._most

    def earn(self) -> None:
        """Note a call, that is a first attempt."""
        self._calls += 1
        self._held = min(self._most, self._held + self._earned)

    def spend(self) -> bool:
        """Take one retry out, and tell whether it was there."""
        if self._held < self._price:
            self._refused += 1
            return False
        self._held -= self._price
        self._retries += 1
        return True

    def give_back(self) -> None:
        """Put one retry back that was spent and not made."""
        self._held = min(self._most, self._held + self._price)
        self._retries -= 1

    def statistics(self) -> RetryBudgetStatistics:
        """Return the numbers of this moment."""
        return RetryBudgetStatistics(
            calls=self._calls,
            retries=self._retries,
            refused=self._refused,
            available=self._held // self._price,
        )

    @property
    def _most(self) -> int:
        return self.reserve * self._price
