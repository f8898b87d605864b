"""How often: tokens that come at an even rate, and are kept up to a number."""

from __future__ import annotations

import math

import attrs

from . import _options as check


@attrs.define(kw_only=True, eq=False)
class TokenBucket:
    """A bucket that gets *rate* tokens each *per* seconds, holds *burst* at most, and begins full.

    In any span of s seconds at most ``burst + rate * s / per`` tokens are taken. Times are the caller's, in
    seconds, and never go back.

    Source: the token bucket of RFC 2697, kept as one time and one count, so that nothing adds up to a drift.
    """

    rate: float = attrs.field(validator=check.positive)
    per: float = attrs.field(default=1.0, validator=check.seconds)
    burst: int = attrs.field(default=1, validator=check.count(1))

    _full_at: float = attrs.field(default=-math.inf, init=False)
    """When it was last full and then used."""
    _used: int = attrs.field(default=0, init=False)
    """How many tokens were taken since then."""
    taken: int = attrs.field(default=0, init=False)
    """How many tokens were taken in all."""

    def ready_at(self, now: float, *, ahead: int = 0) -> float:
        """Return the time, from *now*, at which there is a token for who is behind *ahead* others."""
        full_at, used = self._since(now)
        missing = used + ahead + 1 - self.burst
        return max(now, full_at + missing * self._interval) if missing > 0 else now

    def take(self, now: float) -> None:
        """Take a token; there must be one: ``ready_at(now) <= now``."""
        assert self.ready_at(now) <= now, "a token is taken when it is there"
        self._full_at, used = self._since(now)
        self._used = used + 1
        self.taken += 1

    @property
    def _interval(self) -> float:
        return self.per / self.rate

    def _since(self, now: float) -> tuple[float, int]:
        full = now >= self._full_at + self._used * self._interval
        return (now, 0) if full else (self._full_at, self._used)
