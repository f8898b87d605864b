"""What the table says is done where an error happens: retries, and a breaker that knows its family."""

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.errors import ErrorFamily
from trio_smith.supervision import RECOVERIES, Recovery, Severity, Taxonomy

USUAL = Taxonomy()
OF: dict[ErrorFamily, type[Exception]] = {
    ErrorFamily.RESOURCE: FileNotFoundError,
    ErrorFamily.STREAM: EOFError,
    ErrorFamily.NETWORK: ConnectionError,
    ErrorFamily.TASK: ValueError,
}


async def calls_until_it_gives_up(family: ErrorFamily, error: type[Exception]) -> list[float]:
    """Return when something was called that always fails."""
    called: list[float] = []

    @USUAL.retry(family)
    async def fails() -> None:
        called.append(trio.current_time())
        raise error

    with pytest.raises(error):
        await fails()
    return called


@pytest.mark.parametrize("family", OF, ids=lambda family: family.value)
async def test_a_retry_does_what_the_row_says(autojump_clock: MockClock, family: ErrorFamily) -> None:
    """So many times, each after so long; a row without retries calls once."""
    row = RECOVERIES[family]
    expected = [number * row.delay for number in range(row.retries + 1)]
    assert await calls_until_it_gives_up(family, OF[family]) == pytest.approx(expected)


async def test_an_error_of_another_family_comes_out_at_once(autojump_clock: MockClock) -> None:
    """A retry is for what passes by itself."""
    assert await calls_until_it_gives_up(ErrorFamily.RESOURCE, ConnectionError) == [0.0]


async def test_a_retry_waits_as_long_as_the_error_asks_for(autojump_clock: MockClock) -> None:
    """A rate limit is a resource, and knows when there will be more of it."""
    left = [smith.RateLimited(limit="l", retry_after=7.0, why="it is used up")]

    @USUAL.retry(ErrorFamily.RESOURCE)
    async def call() -> float:
        if left:
            raise left.pop()
        return trio.current_time()

    assert await call() == 7.0


async def test_a_row_of_ones_own_makes_another_retry(autojump_clock: MockClock) -> None:
    """Guards and supervisors read the same table."""
    row = Recovery(severity=Severity.LOW, retries=2, delay=5.0)
    called: list[float] = []

    @Taxonomy(recoveries={ErrorFamily.NETWORK: row}).retry(ErrorFamily.NETWORK)
    async def fails() -> None:
        called.append(trio.current_time())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await fails()
    assert called == [0.0, 5.0, 10.0]


async def test_a_breaker_counts_the_errors_of_its_families_alone(autojump_clock: MockClock) -> None:
    """An answer that one does not like is no outage."""
    breaker = smith.CircuitBreaker(failures=1, on=USUAL.only(ErrorFamily.NETWORK, ErrorFamily.RESOURCE))
    with pytest.raises(KeyError):
        async with breaker:
            raise KeyError
    assert breaker.state is smith.CircuitState.CLOSED
    with pytest.raises(ConnectionError):
        async with breaker:
            raise ConnectionError
    assert breaker.state is smith.CircuitState.OPEN
