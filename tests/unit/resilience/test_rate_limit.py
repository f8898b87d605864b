"""Calls begin at an even rate, each in its turn."""

from __future__ import annotations

import math

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, wait_all_tasks_blocked

from trio_smith.resilience import RateLimit, RateLimited


async def test_calls_begin_evenly_and_in_their_order(autojump_clock: MockClock) -> None:
    """Four each second, after a burst of two."""
    limit, begun = RateLimit(4, burst=2), list[tuple[int, float]]()

    @limit
    async def send(number: int) -> None:
        begun.append((number, trio.current_time()))
        await trio.sleep(100)  # how long a call takes does not matter

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(send, number)
            await wait_all_tasks_blocked()
    assert begun == [(0, 0.0), (1, 0.0), (2, 0.25), (3, 0.5), (4, 0.75), (5, 1.0)]
    numbers = limit.statistics()
    assert (numbers.waiting, numbers.admitted, numbers.refused) == (0, 6, 0)


async def test_a_rest_fills_the_bucket_and_no_more(autojump_clock: MockClock) -> None:
    """After an hour of silence the burst is what it was."""
    limit = RateLimit(1, per=10.0, burst=3)
    for _ in range(2):
        await trio.sleep(3600)
        before = trio.current_time()
        for _ in range(4):
            async with limit:
                pass
        assert trio.current_time() - before == 10


async def test_who_leaves_the_queue_lets_the_others_move_up(autojump_clock: MockClock) -> None:
    """Also when he was next: his token was not taken."""
    limit, begun = RateLimit(1), list[tuple[str, float]]()

    async def send(name: str, patience: float) -> None:
        with trio.move_on_after(patience):
            async with limit:
                begun.append((name, trio.current_time()))

    async with trio.open_nursery() as nursery:
        for name, patience in (("a", math.inf), ("b", 0.5), ("c", math.inf), ("d", 1.5), ("e", math.inf)):
            nursery.start_soon(send, name, patience)
            await wait_all_tasks_blocked()
    assert begun == [("a", 0.0), ("c", 1.0), ("e", 2.0)]
    assert limit.statistics().admitted == 3


async def test_nobody_overtakes_at_the_moment_of_a_turn(mock_clock: MockClock) -> None:
    """The token is there, but who waits for it has not run yet."""
    limit, begun = RateLimit(1), list[str]()

    async def send(name: str) -> None:
        async with limit:
            begun.append(name)

    async with trio.open_nursery() as nursery:
        await send("first")
        nursery.start_soon(send, "waiting")
        await wait_all_tasks_blocked()
        mock_clock.jump(1)
        mock_clock.rate = 1000
        await send("late")
    assert begun == ["first", "waiting", "late"]


async def test_who_would_wait_too_long_does_not_wait_at_all(autojump_clock: MockClock) -> None:
    """He is told when his turn would come, and it does if he is still alone then."""
    limit = RateLimit(1, per=60.0, max_wait=30.0, name="the newsletter")
    async with limit:
        pass
    await trio.sleep(15)
    before = trio.current_time()
    with pytest.raises(RateLimited) as caught:
        async with limit:
            raise AssertionError
    assert trio.current_time() == before
    assert (caught.value.limit, caught.value.retry_after) == ("the newsletter", 45)
    assert str(caught.value).startswith(
        "the newsletter lets no call through: it waits for 30 s at most; its turn would come in 45 s."
    )
    await trio.sleep(15)
    async with limit:
        assert trio.current_time() == 60


async def test_those_in_front_count_when_the_wait_is_foreseen(autojump_clock: MockClock) -> None:
    """Two wait, so the next turn is in three seconds."""
    limit = RateLimit(1, max_wait=2.0)

    async def send() -> None:
        async with limit:
            pass

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(send)
        await wait_all_tasks_blocked()
        with pytest.raises(RateLimited, match="its turn would come in 3 s"):
            await send()


async def test_the_queue_is_bounded(autojump_clock: MockClock) -> None:
    """Who comes when it is full goes at once."""
    limit = RateLimit(1, waiting=2)

    async def send() -> None:
        async with limit:
            pass

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(send)
        await wait_all_tasks_blocked()
        assert limit.statistics().waiting == 2
        with pytest.raises(RateLimited, match="2 calls wait already; its turn would come in 3 s"):
            await send()
    assert limit.statistics().refused == 1
    assert limit.statistics().admitted == 3


async def test_beginning_and_being_refused_are_checkpoints() -> None:
    """As with every lock of Trio's."""
    limit = RateLimit(1, per=3600.0, max_wait=0.0)
    with assert_checkpoints():
        async with limit:
            pass
    with pytest.raises(RateLimited), assert_checkpoints():
        async with limit:
            raise AssertionError


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rate": 0}, "rate must be positive and finite, not 0"),
        ({"rate": math.inf}, "rate must be positive and finite, not inf"),
        ({"rate": 1, "per": 0.0}, "per must be positive and finite, in seconds, not 0.0"),
        ({"rate": 1, "burst": 0}, "burst must be a whole number from 1, not 0"),
        ({"rate": 1, "waiting": -1}, "waiting must be a whole number from 0, not -1"),
        ({"rate": 1, "max_wait": -0.1}, "max_wait must be 0 or more, in seconds, not -0.1"),
    ],
)
def test_an_option_out_of_bounds_is_refused_at_the_door(options: dict[str, float], sentence: str) -> None:
    """The error names it."""
    with pytest.raises(ValueError, match=sentence):
        RateLimit(**options)  # type: ignore[arg-type]  # that is the point
