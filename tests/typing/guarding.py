# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of guards: a guarded function takes and returns what it did before.

A marked line is one that both checkers must refuse: mypy by the code in the mark, pyright in any way.
"""

from __future__ import annotations

from typing import assert_type

import trio

import trio_smith as smith

again = smith.Retry(on=OSError)
breaker = smith.CircuitBreaker(on=(OSError, trio.TooSlowError))
pace = smith.RateLimit(10)
places = smith.Bulkhead(3)


@again
@breaker
@pace
@places
async def price_of(article: str, *, count: int = 1) -> int:
    return len(article) * count


class Shop:
    @breaker
    async def open(self, key: str) -> bool:
        return bool(key)


async def a_guarded_function_is_called_as_before() -> None:
    assert_type(await price_of("apples"), int)
    assert_type(await price_of("apples", count=2), int)
    assert_type(await Shop().open("key"), bool)


async def its_arguments_are_checked() -> None:
    await price_of(5)  # type: ignore[arg-type]
    await price_of("apples", number=2)  # type: ignore[call-arg]


async def blocks_give_what_they_are() -> None:
    async with breaker as entered:
        assert_type(entered, smith.CircuitBreaker)
    async with pace, places:
        pass
    async for attempt in again:
        with attempt:
            assert_type(attempt.number, int)


async def changes_are_typed() -> None:
    def note(change: smith.CircuitChanged) -> None:
        assert_type(change.after, smith.CircuitState)

    def other(change: smith.RetryScheduled) -> None:
        assert_type(change.error, BaseException)

    breaker.subscribe(note)
    again.subscribe(other)
    breaker.subscribe(other)  # type: ignore[arg-type]
    async with breaker.stream() as changes:
        async for change in changes:
            assert_type(change, smith.CircuitChanged)


def an_event_bus_may_listen(system: smith.System) -> None:
    breaker.subscribe(system.events.emit)


def a_function_that_is_not_async_cannot_be_guarded() -> None:
    def plain() -> int:
        return 5

    breaker(plain)  # type: ignore[arg-type]


def what_is_no_exception_is_no_failure() -> None:
    smith.Retry(on=trio.Cancelled)  # type: ignore[arg-type]
    smith.Retry()  # type: ignore[call-arg]
    smith.CircuitBreaker(on=(OSError, KeyboardInterrupt))  # type: ignore[arg-type]
