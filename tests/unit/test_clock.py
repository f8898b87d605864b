"""The clock is Trio's, so that virtual time rules it."""

import pytest
import trio
import trio.testing

from trio_smith.clock import Clock, TrioClock


def test_the_clock_goes_with_trios_virtual_one() -> None:
    """An hour of sleep is an hour on the clock and nothing on the wall."""

    async def main() -> float:
        clock: Clock = TrioClock()
        before = clock.now()
        await trio.sleep(3600)
        return clock.now() - before

    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == 3600


def test_outside_of_trio_there_is_no_time() -> None:
    """Better an error than a second time base beside Trio's."""
    with pytest.raises(RuntimeError):
        TrioClock().now()
