"""Backoff: exponential up to a maximum, spread by chance, for any attempt."""

import math
from fractions import Fraction
from random import Random
from statistics import fmean

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.resilience import Backoff


@st.composite
def backoffs(draw: st.DrawFn) -> Backoff:
    """Any valid backoff between a millisecond and a month."""
    initial = draw(st.floats(1e-3, 1e3))
    return Backoff(
        initial=initial,
        factor=draw(st.one_of(st.floats(1, 10), st.integers(1, 10))),
        maximum=draw(st.floats(initial, 3e6)),
        jitter=draw(st.floats(0, 1)),
    )


attempts = st.one_of(st.integers(1, 50), st.integers(1, 10**400))


@given(backoffs(), attempts, st.integers())
@example(Backoff(), 10**400, 0)
@example(Backoff(factor=1), 10**400, 0)
@example(Backoff(initial=1, factor=2, maximum=30), 10**12, 0)
def test_a_delay_is_never_above_the_spread_maximum(backoff: Backoff, attempt: int, seed: int) -> None:
    """Bounded for every attempt, though the power leaves the floats soon; not even rounding exceeds it."""
    delay = backoff.delay(attempt, Random(seed))
    assert 0 <= delay <= backoff.maximum * (1 + backoff.jitter)


@given(backoffs(), st.integers(1, 100), st.integers())
def test_a_delay_is_the_exponential_within_its_spread(backoff: Backoff, attempt: int, seed: int) -> None:
    """Compared with exact arithmetic."""
    exact = min(
        Fraction(backoff.maximum), Fraction(backoff.initial) * Fraction(backoff.factor) ** (attempt - 1)
    )
    delay = backoff.delay(attempt, Random(seed))
    tolerance = float(exact) * 1e-9
    assert float(exact) * (1 - backoff.jitter) - tolerance <= delay
    assert delay <= float(exact) * (1 + backoff.jitter) + tolerance


@given(backoffs(), attempts)
def test_without_jitter_delays_never_shrink(backoff: Backoff, attempt: int) -> None:
    """The next attempt waits at least as long."""
    steady = attrs.evolve(backoff, jitter=0)
    assert steady.delay(attempt, Random(0)) <= steady.delay(attempt + 1, Random(0))


def test_the_defaults_double_from_a_tenth_of_a_second_to_half_a_minute() -> None:
    """The sequence that the documentation shows."""
    backoff = Backoff(jitter=0)
    delays = [backoff.delay(attempt, Random(0)) for attempt in range(1, 12)]
    assert delays == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert backoff.healthy_after == 60.0


def test_a_factor_of_one_waits_the_same_for_ever() -> None:
    """One to any power is one, also where the power is beyond the floats."""
    backoff = Backoff(initial=2, factor=1, jitter=0)
    assert [backoff.delay(attempt, Random(0)) for attempt in (1, 2, 10**400)] == [2, 2, 2]


def test_jitter_spreads_evenly_round_the_delay() -> None:
    """Children that failed together come back over the whole span, and no later on average."""
    random = Random(7)
    delays = [Backoff(jitter=0.5).delay(1, random) for _ in range(10_000)]
    assert fmean(delays) == pytest.approx(0.1, rel=0.02)
    assert min(delays) == pytest.approx(0.05, rel=0.02)
    assert max(delays) == pytest.approx(0.15, rel=0.02)


def test_one_seed_gives_one_sequence() -> None:
    """A run can be replayed, for chance comes in as an argument."""
    one, other = Random(3), Random(3)
    assert [Backoff().delay(n, one) for n in range(1, 20)] == [
        Backoff().delay(n, other) for n in range(1, 20)
    ]


@pytest.mark.parametrize("attempt", [0, -1])
def test_attempts_count_from_one(attempt: int) -> None:
    """An attempt 0 is a caller that counts differently, and would wait too short for ever."""
    with pytest.raises(ValueError, match="attempts count from 1"):
        Backoff().delay(attempt, Random(0))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("initial", 0, "Backoff.initial must be positive and finite"),
        ("initial", -1.0, "Backoff.initial must be positive and finite"),
        ("initial", math.nan, "Backoff.initial must be positive and finite"),
        ("maximum", math.inf, "Backoff.maximum must be positive and finite"),
        ("maximum", 0.05, "Backoff.maximum, 0.05, is below initial, 0.1"),
        ("factor", 0.99, "Backoff.factor must be at least 1"),
        ("factor", math.inf, "Backoff.factor must be at least 1 and finite"),
        ("factor", math.nan, "Backoff.factor must be at least 1"),
        ("jitter", -0.1, "Backoff.jitter is a share from 0 to 1"),
        ("jitter", 1.1, "Backoff.jitter is a share from 0 to 1"),
        ("healthy_after", 0.0, "Backoff.healthy_after must be positive"),
    ],
)
def test_a_field_out_of_bounds_is_refused_at_the_door(field: str, value: float, sentence: str) -> None:
    """The error names the field and shows the value."""
    with pytest.raises(ValueError, match=sentence) as caught:
        Backoff(**{field: value})
    assert repr(value) in str(caught.value)


def test_the_bounds_themselves_are_allowed() -> None:
    """No surprise at the edges."""
    edge = Backoff(initial=5.0, maximum=5.0, factor=1.0, jitter=1.0)
    assert 0 <= edge.delay(1, Random(0)) <= 10
