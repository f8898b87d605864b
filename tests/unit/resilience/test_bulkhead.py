"""So many at once, so many wait, and the others go."""

from __future__ import annotations

import math

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, wait_all_tasks_blocked

from trio_smith.resilience import Bulkhead, BulkheadFull


async def test_no_more_than_the_limit_are_inside_at_once(autojump_clock: MockClock) -> None:
    """The others wait, and come in as places become free, in their order."""
    bulkhead, inside, most, order = Bulkhead(3), 0, 0, list[int]()

    @bulkhead
    async def work(number: int) -> None:
        nonlocal inside, most
        order.append(number)
        inside += 1
        most = max(most, inside)
        await trio.sleep(1 + number / 100)  # so that no two leave at once
        inside -= 1

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(work, number)
            await wait_all_tasks_blocked()
    assert most == 3
    assert order == list(range(10))
    numbers = bulkhead.statistics()
    assert (numbers.inside, numbers.waiting, numbers.admitted, numbers.refused) == (0, 0, 10, 0)


async def test_the_queue_is_bounded(autojump_clock: MockClock) -> None:
    """Who comes when it is full goes at once; a queue that grows for ever only hides the trouble."""
    bulkhead = Bulkhead(1, waiting=2, name="the kitchen")

    async def dine() -> None:
        async with bulkhead:
            await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(dine)
        await wait_all_tasks_blocked()
        assert bulkhead.statistics().waiting == 2
        before = trio.current_time()
        with pytest.raises(BulkheadFull, match=r"the kitchen lets no call through: all places \(1\)"):
            async with bulkhead:
                raise AssertionError
        assert trio.current_time() == before
    assert bulkhead.statistics().refused == 1


async def test_nobody_waits_for_longer_than_max_wait(autojump_clock: MockClock) -> None:
    """And a place that becomes free in time is taken."""
    bulkhead = Bulkhead(1, max_wait=2.0)

    async def hold(seconds: float) -> None:
        async with bulkhead:
            await trio.sleep(seconds)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold, 1)
        await wait_all_tasks_blocked()
        nursery.start_soon(hold, 5)
        await trio.sleep(1.5)
        before = trio.current_time()
        with pytest.raises(BulkheadFull, match="no place became free within 2 s"):
            async with bulkhead:
                raise AssertionError
        assert trio.current_time() - before == 2


async def test_without_patience_a_free_place_is_taken_all_the_same(autojump_clock: MockClock) -> None:
    """max_wait=0 means not to wait; it does not mean not to come in."""
    bulkhead = Bulkhead(1, max_wait=0.0)
    async with bulkhead:

        async def knock() -> None:
            with pytest.raises(BulkheadFull):
                async with bulkhead:
                    raise AssertionError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(knock)
    assert bulkhead.statistics().inside == 0


async def test_who_stops_waiting_gives_way(autojump_clock: MockClock) -> None:
    """A cancelled waiter holds nothing, and the next in the queue is not held up."""
    bulkhead, came = Bulkhead(1), list[str]()

    async def enter(name: str, patience: float) -> None:
        with trio.move_on_after(patience):
            async with bulkhead:
                came.append(name)
                await trio.sleep(2)

    async with trio.open_nursery() as nursery:
        for name, patience in (("a", math.inf), ("b", 1.0), ("c", math.inf)):
            nursery.start_soon(enter, name, patience)
            await wait_all_tasks_blocked()
    assert came == ["a", "c"]
    assert bulkhead.statistics().inside == bulkhead.statistics().waiting == 0


async def test_a_task_that_is_inside_cannot_come_in_again() -> None:
    """When all places are held by such tasks, each would wait for the others for ever."""
    bulkhead = Bulkhead(5)
    async with bulkhead:
        with pytest.raises(RuntimeError, match="already holding"):
            async with bulkhead:
                raise AssertionError
    assert bulkhead.statistics().inside == 0


async def test_coming_in_and_being_refused_are_checkpoints() -> None:
    """As with every lock of Trio's."""
    bulkhead = Bulkhead(1, max_wait=0.0)
    with assert_checkpoints():
        async with bulkhead:
            pass

    async def knock() -> None:
        with pytest.raises(BulkheadFull), assert_checkpoints():
            async with bulkhead:
                raise AssertionError

    async with bulkhead, trio.open_nursery() as nursery:
        nursery.start_soon(knock)


def test_its_options_cannot_be_changed_afterwards() -> None:
    """It would change nothing, silently."""
    with pytest.raises(AttributeError):
        Bulkhead(1).limit = 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"limit": 0}, "limit must be a whole number from 1, not 0"),
        ({"limit": 1, "waiting": -1}, "waiting must be a whole number from 0, not -1"),
        ({"limit": 1, "max_wait": -1.0}, "max_wait must be 0 or more, in seconds, not -1.0"),
        ({"limit": 1, "max_wait": math.nan}, "max_wait must be 0 or more, in seconds, not nan"),
    ],
)
def test_an_option_out_of_bounds_is_refused_at_the_door(options: dict[str, float], sentence: str) -> None:
    """The error names it."""
    with pytest.raises(ValueError, match=sentence):
        Bulkhead(**options)  # type: ignore[arg-type]  # that is the point
