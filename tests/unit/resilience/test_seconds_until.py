"""Who waits as long as he was told is not sent away again."""

from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.resilience._seconds_until import seconds_until

times = st.floats(-1e9, 1e9)


@given(times, times)
@example(0.9, 0.2)  # 0.2 + (0.9 - 0.2) is 0.9 less one bit
def test_the_moment_has_come_when_the_wait_is_over(moment: float, now: float) -> None:
    """In floats, where the sum of a difference may fall short of it."""
    seconds = seconds_until(moment, now)
    assert now + seconds >= moment
    assert seconds >= 0
    assert seconds <= max(0.0, moment - now) * (1 + 1e-9) + 1e-6


def test_a_moment_that_has_passed_needs_no_wait() -> None:
    """Nor does the present one."""
    assert seconds_until(1.0, 5.0) == seconds_until(5.0, 5.0) == 0.0
