"""The sliding window keeps OTP's rule for restarts, in bounded memory."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.resilience import SlidingWindow


class OtpWindow:
    """The model: `add_restart` of OTP's supervisor.erl, word for word, with a list that is never bounded."""

    def __init__(self, limit: int, within: float) -> None:
        self.limit, self.within = limit, within
        self.restarts: list[float] = []

    def in_window(self, now: float) -> list[float]:
        """Return the newest entries, down to the first one that is out of the period."""
        kept: list[float] = []
        for then in self.restarts:
            if not now <= then + self.within:
                break
            kept.append(then)
        return kept

    def add_restart(self, now: float) -> bool:
        """Put *now* in front, keep what is in the period, and compare the length."""
        self.restarts.insert(0, now)
        self.restarts = self.in_window(now)
        return len(self.restarts) <= self.limit


# Whole and tenths of seconds meet the border of the window often, where floats round.
gaps = st.lists(st.one_of(st.sampled_from([0, 0.1, 0.2, 0.3, 1, 2, 5]), st.floats(0, 10)), max_size=60)


@given(st.integers(0, 5), st.sampled_from([0.1, 0.3, 1, 2.5, 5, math.inf]), gaps, st.floats(0, 1e6))
@example(1, 0.3, [0.1, 0.1, 0.1], 0)
def test_it_admits_what_otp_admits(limit: int, within: float, steps: list[float], start: float) -> None:
    """Also after a refusal, and also exactly at the border."""
    window, model = SlidingWindow(limit, within), OtpWindow(limit, within)
    now = start
    for step in steps:
        now += step
        assert window.count(now) == min(len(model.in_window(now)), limit + 1)
        assert window.admit(now) == model.add_restart(now)
        assert window.count(now) == min(len(model.restarts), limit + 1)


def test_so_many_are_admitted_and_no_more() -> None:
    """With a limit of 3, three restarts are allowed and the fourth gives up."""
    window = SlidingWindow(3, 5.0)
    assert [window.admit(now) for now in (0.0, 1.0, 2.0, 3.0)] == [True, True, True, False]


def test_an_entry_exactly_as_old_as_the_window_still_counts() -> None:
    """OTP's period is closed: Now =< Then + Period."""
    window = SlidingWindow(1, 5.0)
    assert window.admit(0.0)
    assert not window.admit(5.0)


def test_an_entry_older_than_the_window_is_forgotten() -> None:
    """The next float after the border is outside."""
    window = SlidingWindow(1, 5.0)
    assert window.admit(0.0)
    assert window.admit(math.nextafter(5.0, 6.0))


def test_a_limit_of_zero_admits_nothing() -> None:
    """`max_restarts=0`: the first failure is final."""
    assert not SlidingWindow(0, 5.0).admit(0.0)


def test_an_infinite_window_forgets_only_when_it_is_cleared() -> None:
    """With a backoff, restarts are counted since the last healthy spell, however long ago."""
    window = SlidingWindow(2, math.inf)
    assert [window.admit(now) for now in (0.0, 1e9, 1e18)] == [True, True, False]
    window.clear()
    assert window.count(1e18) == 0
    assert window.admit(1e18)


def test_memory_stays_bounded_under_a_storm() -> None:
    """A caller that goes on after a refusal must not grow the window."""
    window = SlidingWindow(3, 1.0)
    assert not any([window.admit(0.5) for _ in range(10_000)][3:])
    assert window.count(0.5) == 4


@pytest.mark.parametrize(("limit", "within"), [(-1, 5.0), (3, 0.0), (3, -1.0), (3, math.nan)])
def test_a_window_that_makes_no_sense_is_refused(limit: int, within: float) -> None:
    """OTP refuses the same."""
    with pytest.raises(ValueError, match="a window"):
        SlidingWindow(limit, within)
