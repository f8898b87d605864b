"""A guard is often made once for a module, and used by run after run of Trio, by tests above all."""

from __future__ import annotations

import contextlib

import trio
from trio.testing import MockClock

from trio_smith.resilience import Bulkhead, CircuitBreaker, CircuitState, RateLimit
from trio_smith.resilience._run import Run


def late() -> MockClock:
    """Return a clock that is far ahead of the one that the next run will have."""
    clock = MockClock(autojump_threshold=0)
    clock.jump(1e6)
    return clock


def early() -> MockClock:
    """Return a clock that begins at 0."""
    return MockClock(autojump_threshold=0)


def test_a_run_is_new_once() -> None:
    """The first one too, and another one after it."""
    run = Run()

    async def ask() -> list[bool]:
        return [run.is_new(), run.is_new()]

    assert [trio.run(ask), trio.run(ask)] == [[True, False], [True, False]]


def test_a_breaker_that_opened_in_another_run_is_closed() -> None:
    """Its time would be that of another clock, and might not come for days."""
    breaker = CircuitBreaker(failures=1, reset_after=10.0)

    async def fail() -> None:
        with contextlib.suppress(OSError):
            async with breaker:
                raise OSError

    async def succeed() -> None:
        async with breaker:
            pass

    trio.run(fail, clock=late())
    assert breaker.state is CircuitState.OPEN
    trio.run(succeed, clock=early())
    assert breaker.statistics().succeeded == 1
    assert breaker.statistics().failed == 0


def test_a_rate_limit_that_was_used_in_another_run_is_full() -> None:
    """And its queue is empty."""
    limit = RateLimit(1, burst=2)

    async def begin() -> float:
        async with limit, limit:
            return trio.current_time()

    trio.run(begin, clock=late())
    assert trio.run(begin, clock=early()) == 0
    assert limit.statistics().admitted == 2


def test_a_bulkhead_whose_run_was_torn_down_has_all_its_places() -> None:
    """Nobody is left to give them back."""
    bulkhead = Bulkhead(1, max_wait=0.0)

    async def come(*, leave: bool) -> None:
        await bulkhead.__aenter__()
        if leave:
            await bulkhead.__aexit__(None, None, None)

    async def stay() -> None:
        await come(leave=False)

    async def go() -> None:
        await come(leave=True)

    trio.run(stay)
    assert bulkhead.statistics().inside == 1
    trio.run(go)
    assert (bulkhead.statistics().inside, bulkhead.statistics().admitted) == (0, 1)
