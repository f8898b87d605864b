"""A breaker round async calls: what the callers see, and who is told."""

from __future__ import annotations

import logging

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, assert_no_checkpoints

from trio_smith.resilience import BulkheadFull, CircuitBreaker, CircuitChanged, CircuitOpen, CircuitState

CLOSED, OPEN, HALF_OPEN = CircuitState


async def fail(breaker: CircuitBreaker, error: BaseException | None = None) -> None:
    """Make a call that fails."""
    raised = error or OSError("gone")
    with pytest.raises(type(raised)):
        async with breaker:
            raise raised


async def opened(*, probes: int = 1) -> CircuitBreaker:
    """Return one that has just opened, for 10 seconds."""
    breaker = CircuitBreaker(failures=1, reset_after=10.0, probes=probes, name="billing")
    await fail(breaker)
    return breaker


async def test_what_the_call_returns_and_raises_comes_through_as_it_is() -> None:
    """A breaker only looks."""
    breaker, gone = CircuitBreaker(), OSError("gone")

    @breaker
    async def call(error: Exception | None, *, answer: int) -> int:
        """Do as it is told."""
        if error is not None:
            raise error
        return answer

    assert await call(None, answer=5) == 5
    with pytest.raises(OSError, match="gone") as caught:
        await call(gone, answer=5)
    assert caught.value is gone
    assert (call.__name__, call.__doc__) == ("call", "Do as it is told.")


async def test_an_open_breaker_says_what_why_and_how_long(autojump_clock: MockClock) -> None:
    """And who waits as long as it says is let through."""
    breaker = await opened()
    await trio.sleep(2.5)
    with pytest.raises(CircuitOpen) as caught:
        async with breaker:
            raise AssertionError
    assert (caught.value.breaker, caught.value.retry_after) == ("billing", 7.5)
    assert str(caught.value).startswith(
        "billing lets no call through: too many calls have failed; worth another try in 7.5 s. Do without it"
    )
    await trio.sleep(caught.value.retry_after)
    async with breaker:
        assert breaker.state is HALF_OPEN
    assert breaker.state is CLOSED


async def test_while_its_probes_are_under_way_others_are_refused(autojump_clock: MockClock) -> None:
    """They hear when a place is free at the latest."""
    breaker = await opened()
    await trio.sleep(10)
    async with breaker:
        await trio.sleep(3)
        with pytest.raises(CircuitOpen, match="its probes are under way; worth another try in 7 s"):
            await fail(breaker)
    assert breaker.statistics().refused == 1


async def test_a_cancelled_probe_gives_its_place_back(autojump_clock: MockClock) -> None:
    """However often: an impatient caller must not close the door for all."""
    breaker = await opened()
    await trio.sleep(10)
    for _ in range(5):
        with trio.move_on_after(1):
            async with breaker:
                await trio.sleep_forever()
    assert breaker.state is HALF_OPEN
    assert breaker.statistics().undecided == 5
    async with breaker:
        pass
    assert breaker.state is CLOSED


async def test_a_deadline_inside_is_a_failure_and_one_outside_is_not(autojump_clock: MockClock) -> None:
    """Who gives up waiting knows nothing of the other side; who set it a time does."""
    breaker = CircuitBreaker(failures=1)
    with trio.move_on_after(1):
        async with breaker:
            await trio.sleep_forever()
    assert breaker.state is CLOSED

    @breaker
    async def hang() -> None:
        with trio.fail_after(1):
            await trio.sleep_forever()

    with pytest.raises(trio.TooSlowError):
        await hang()
    assert breaker.state is OPEN


async def test_what_was_refused_further_in_does_not_count() -> None:
    """A full bulkhead on our side says nothing of the other one."""
    breaker = CircuitBreaker(failures=1)
    await fail(breaker, BulkheadFull(bulkhead="ours", why="full"))
    assert breaker.state is CLOSED
    assert breaker.statistics().undecided == 1


async def test_one_task_may_be_inside_more_than_once() -> None:
    """A function behind a breaker may call another one behind it, or itself."""
    breaker = CircuitBreaker()

    @breaker
    async def count_down(number: int) -> int:
        assert breaker.statistics().in_flight == 4 - number
        return number and await count_down(number - 1)

    assert await count_down(3) == 0
    assert breaker.statistics().succeeded == 4


async def test_it_is_left_in_the_task_that_entered_it() -> None:
    """Else it could not know which call has ended."""
    breaker = CircuitBreaker(name="billing")
    with pytest.raises(RuntimeError, match="billing was not entered by this Trio task"):
        await breaker.__aexit__(None, None, None)


async def test_each_change_is_told_in_order(autojump_clock: MockClock) -> None:
    """With the failure that opened it."""
    breaker = CircuitBreaker(failures=1, reset_after=10.0, name="billing")
    seen: list[CircuitChanged] = []
    subscription = breaker.subscribe(seen.append)
    error = OSError("gone")
    await fail(breaker, error)
    await trio.sleep(10)
    async with breaker:
        pass
    assert seen == [
        CircuitChanged(breaker="billing", before=CLOSED, after=OPEN, error=error),
        CircuitChanged(breaker="billing", before=OPEN, after=HALF_OPEN, error=None),
        CircuitChanged(breaker="billing", before=HALF_OPEN, after=CLOSED, error=None),
    ]
    subscription.cancel()
    await fail(breaker)
    assert len(seen) == 3


async def test_the_changes_can_be_followed_as_a_stream() -> None:
    """By a task that waits for them."""
    breaker = CircuitBreaker(failures=1)
    async with breaker.stream() as changes:
        await fail(breaker)
        async for change in changes:
            assert change.after is OPEN
            break


async def test_an_observer_that_raises_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the breaker and its caller go on."""
    breaker = CircuitBreaker(failures=1)

    def broken(_: CircuitChanged) -> None:
        raise ValueError("the observer's own mistake")

    breaker.subscribe(broken)
    with caplog.at_level(logging.ERROR):
        await fail(breaker)
    assert breaker.state is OPEN
    assert "a subscriber raised" in caplog.text


async def test_an_observer_that_wants_the_program_to_end_costs_no_place(autojump_clock: MockClock) -> None:
    """The call is not made, so its probe is given back."""
    breaker = await opened()
    await trio.sleep(10)

    def leave(_: CircuitChanged) -> None:
        raise SystemExit

    subscription = breaker.subscribe(leave)
    with pytest.raises(SystemExit):
        async with breaker:
            raise AssertionError
    subscription.cancel()
    assert breaker.statistics().in_flight == 0
    async with breaker:
        pass
    assert breaker.state is CLOSED


async def test_a_question_that_raises_costs_no_place(autojump_clock: MockClock) -> None:
    """The mistake comes out, and the call counts as neither."""
    breaker = CircuitBreaker(failures=1, on=lambda error: error.args[7] == "")
    with pytest.raises(IndexError):
        async with breaker:
            raise OSError("gone")
    numbers = breaker.statistics()
    assert (numbers.in_flight, numbers.undecided, numbers.state) == (0, 1, CLOSED)


async def test_entering_and_leaving_are_no_checkpoints_and_a_refusal_is_one() -> None:
    """Nothing waits; but a loop that is refused for ever can be cancelled and lets others run."""
    breaker = CircuitBreaker(failures=1)
    with assert_no_checkpoints():
        async with breaker:
            pass
    await fail(breaker)
    with pytest.raises(CircuitOpen), assert_checkpoints():
        async with breaker:
            raise AssertionError
    with trio.CancelScope() as scope:
        scope.cancel()
        async with breaker:
            raise AssertionError
    assert scope.cancelled_caught
