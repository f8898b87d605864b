"""Whether and when to try again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.resilience import CircuitOpen
from trio_smith.resilience._retry_plan import GiveUp, retry_after, wait_before


class Busy(Exception):
    """As clients raise it for "429 Too Many Requests"."""

    def __init__(self, seconds: object) -> None:
        self.retry_after = seconds


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Busy(2.5), 2.5),
        (Busy(3), 3.0),
        (Busy(0), 0.0),
        (OSError(), 0.0),
        (Busy(None), 0.0),
        (Busy("3"), 0.0),
        (Busy(-1), 0.0),
        (Busy(math.nan), 0.0),
        (Busy(math.inf), 0.0),
        (Busy(seconds=True), 0.0),
        (CircuitOpen(breaker="b", retry_after=4.0, why="down"), 4.0),
        (ExceptionGroup("", [Busy(1), OSError(), ExceptionGroup("", [Busy(7)])]), 7.0),
    ],
)
def test_what_an_error_asks_for(error: Exception, seconds: float) -> None:
    """A number of seconds, or nothing: the attribute may be anybody's, and mean anything."""
    assert retry_after(error) == seconds


seconds = st.floats(0, 1e6)


@given(seconds, seconds, seconds, st.one_of(st.just(math.inf), st.floats(-1e6, 2e6)))
def test_it_waits_long_enough_or_not_at_all(delay: float, asked: float, now: float, deadline: float) -> None:
    """The longer of the two, if the deadline leaves time for it."""
    wait = wait_before(delay=delay, asked=asked, now=now, deadline=deadline)
    if isinstance(wait, GiveUp):
        assert wait is GiveUp.NO_TIME
        assert now + max(delay, asked) >= deadline
    else:
        assert wait == max(delay, asked)
        assert now + wait < deadline
