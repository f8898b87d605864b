"""The bucket gives what a bucket of exact fractions gives, and never more than it may."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trio_smith.resilience._token_bucket import TokenBucket


class ExactBucket:
    """The model: so many tokens, filled up as time goes by."""

    def __init__(self, rate: float, per: float, burst: int) -> None:
        self.each = Fraction(rate) / Fraction(per)
        self.burst = burst
        self.tokens = Fraction(burst)
        self.at = Fraction(0)

    def fill(self, now: float) -> None:
        """Let time go by."""
        self.tokens = min(Fraction(self.burst), self.tokens + (Fraction(now) - self.at) * self.each)
        self.at = Fraction(now)

    def wait(self, ahead: int) -> Fraction:
        """Return the seconds until there is a token for who is behind *ahead* others."""
        return max(Fraction(0), (ahead + 1 - self.tokens) / self.each)


# Times and intervals of which floats know the exact value, so that there is one right answer.
steps = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 3)), max_size=80)


@given(st.sampled_from([0.25, 0.5, 1, 2, 8]), st.sampled_from([0.5, 1, 4]), st.integers(1, 5), steps)
def test_it_gives_what_an_exact_bucket_gives(
    rate: float, per: float, burst: int, steps: list[tuple[int, int]]
) -> None:
    """At every moment, for who is next and for those behind."""
    bucket, model = TokenBucket(rate=rate, per=per, burst=burst), ExactBucket(rate, per, burst)
    now, taken = 0.0, 0
    for gap, ahead in steps:
        now += gap / 16
        model.fill(now)
        assert bucket.ready_at(now, ahead=ahead) == now + model.wait(ahead)
        if bucket.ready_at(now) <= now:
            bucket.take(now)
            model.tokens -= 1
            taken += 1
    assert model.tokens >= 0
    assert bucket.taken == taken


@given(
    st.floats(0.001, 1e4),
    st.floats(0.01, 1e3),
    st.integers(1, 20),
    st.floats(0, 1e6),
    st.lists(st.floats(0, 100), max_size=60),
)
def test_in_no_span_are_more_taken_than_burst_and_rate_allow(
    rate: float, per: float, burst: int, start: float, gaps: list[float]
) -> None:
    """By somebody who takes whenever he can, at any floats."""
    bucket, now, taken = TokenBucket(rate=rate, per=per, burst=burst), start, list[float]()
    for gap in gaps:
        now = max(now, bucket.ready_at(now)) if gap < 50 else now + gap
        if bucket.ready_at(now) <= now:
            bucket.take(now)
            taken.append(now)
    for first, last in itertools.combinations(range(len(taken)), 2):
        span = taken[last] - taken[first]
        # Of the first one the bucket was a moment later not full any more; a float has 16 digits.
        assert last - first + 1 <= burst + rate * span / per + 1e-6 * rate / per + 1e-9


@given(st.floats(0.001, 1e6), st.integers(1, 50), st.floats(0, 1e9))
def test_the_whole_burst_is_there_at_once(rate: float, burst: int, now: float) -> None:
    """To the last token, and not one more: no rounding keeps one back for a moment."""
    bucket = TokenBucket(rate=rate, burst=burst)
    for _ in range(burst):
        assert bucket.ready_at(now) == now
        bucket.take(now)
    assert bucket.ready_at(now) >= now
    assert bucket.ready_at(now, ahead=3) >= now + 3 / rate


@given(st.floats(0.01, 100), st.floats(0, 1e6))
def test_the_moment_that_it_names_is_the_moment(rate: float, now: float) -> None:
    """A thousand times over: who comes at the time he was told gets his token, and nothing drifts."""
    bucket = TokenBucket(rate=rate)
    for _ in range(1000):
        last = bucket.ready_at(now)
        bucket.take(last)
    assert abs(last - (now + 999 / rate)) < 1e-6
