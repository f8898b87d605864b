"""A call is made again, as often as is allowed and no longer than there is time."""

from __future__ import annotations

import contextlib
import gc
import weakref
from random import Random

import pytest
import trio
from trio.testing import MockClock, assert_no_checkpoints

from trio_smith.resilience import AttemptSkipped, Backoff, CircuitBreaker, Retry, RetryBudget, RetryScheduled

EVEN = Backoff(initial=1.0, factor=2.0, maximum=60.0, jitter=0.0)


class Flaky:
    """Fails as it is told, and notes when it was called."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.called: list[float] = []

    async def __call__(self) -> str:
        """Fail, or answer."""
        self.called.append(trio.current_time())
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def test_it_tries_again_with_growing_waits_until_it_succeeds(autojump_clock: MockClock) -> None:
    """As a decorator: the caller sees the answer alone."""
    flaky = Flaky(OSError(), OSError(), OSError())
    assert await Retry(on=OSError, attempts=4, backoff=EVEN)(flaky.__call__)() == "answer"
    assert flaky.called == [0, 1, 3, 7]


async def test_a_block_is_tried_again_too(autojump_clock: MockClock) -> None:
    """With the number of each attempt, and `return` and `break` as anywhere."""
    numbers: list[int] = []

    async def fetch() -> str:
        flaky = Flaky(OSError(), OSError())
        async for attempt in Retry(on=OSError, backoff=EVEN):
            with attempt:
                numbers.append(attempt.number)
                return await flaky()
        raise AssertionError

    assert await fetch() == "answer"
    assert numbers == [1, 2, 3]


async def test_a_block_that_succeeds_ends_the_loop() -> None:
    """Once, without a checkpoint of its own."""
    rounds = 0
    with assert_no_checkpoints():
        async for attempt in Retry(on=OSError):
            with attempt:
                rounds += 1
    assert rounds == 1


async def test_the_last_error_comes_out_as_it_is_with_a_note(autojump_clock: MockClock) -> None:
    """Callers catch what they would catch without a retry; the note is for who reads the traceback."""
    first, second, last = OSError("1"), OSError("2"), OSError("3")
    with pytest.raises(OSError, match="3") as caught:
        await Retry(on=OSError, backoff=EVEN)(Flaky(first, second, last).__call__)()
    assert caught.value is last
    assert last.__notes__ == ["gave up after 3 attempts: no more are allowed"]
    assert last.__context__ is None
    assert not hasattr(first, "__notes__")


async def test_what_is_not_worth_another_attempt_comes_out_at_once() -> None:
    """Untouched."""
    wrong = ValueError("wrong")
    flaky = Flaky(wrong)
    with pytest.raises(ValueError, match="wrong"):
        await Retry(on=OSError, backoff=EVEN)(flaky.__call__)()
    assert len(flaky.called) == 1
    assert not hasattr(wrong, "__notes__")


async def test_an_exception_raised_for_ever_gathers_no_notes() -> None:
    """One object, given up again and again, must not grow."""
    same = OSError("the same")
    for _ in range(10):
        with pytest.raises(OSError, match="the same"):
            await Retry(on=OSError, attempts=1)(Flaky(same).__call__)()
    assert same.__notes__ == ["gave up after 1 attempt: no more are allowed"]


async def test_an_error_that_asks_for_time_gets_it(autojump_clock: MockClock) -> None:
    """Its ``retry_after``, if that is longer than the backoff."""

    class Busy(Exception):
        def __init__(self, seconds: float) -> None:
            self.retry_after = seconds

    flaky = Flaky(Busy(30.0), Busy(0.5))
    await Retry(on=Busy, backoff=EVEN)(flaky.__call__)()
    assert flaky.called == [0, 30, 32]


async def test_round_a_breaker_it_waits_until_that_opens_a_crack(autojump_clock: MockClock) -> None:
    """If one asks for it: `CircuitOpen` says when."""
    breaker, flaky = CircuitBreaker(failures=1, reset_after=10.0), Flaky(OSError())
    assert await Retry(on=Exception, backoff=EVEN)(breaker(flaky.__call__))() == "answer"
    assert flaky.called == [0, 10]


async def test_one_deadline_rules_all_of_it(autojump_clock: MockClock) -> None:
    """It cancels an attempt that is under way."""

    @Retry(on=OSError, backoff=EVEN)
    async def slow() -> None:
        await trio.sleep_forever()

    with pytest.raises(trio.TooSlowError), trio.fail_after(5):
        await slow()
    assert trio.current_time() == 5


async def test_a_wait_that_would_reach_the_deadline_is_not_begun(autojump_clock: MockClock) -> None:
    """The cause comes out, and not in the end that it took too long."""
    flaky = Flaky(*[OSError() for _ in range(9)])
    with pytest.raises(OSError) as caught, trio.fail_after(7):  # noqa: PT011 - whose note is looked at
        await Retry(on=OSError, attempts=9, backoff=EVEN)(flaky.__call__)()
    assert flaky.called == [0, 1, 3]
    assert trio.current_time() == 3
    assert caught.value.__notes__ == ["gave up after 3 attempts: the next one would come after the deadline"]


async def test_who_is_cancelled_does_not_try_again(autojump_clock: MockClock) -> None:
    """Neither out of an attempt nor out of a wait; and it is the cancellation that comes out."""
    flaky = Flaky(OSError())

    @Retry(on=Exception, backoff=EVEN)
    async def hang() -> None:
        await flaky()
        await trio.sleep_forever()

    for seconds in (0.5, 1.5):
        flaky.errors, flaky.called = [OSError()], []
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(hang)
                await trio.sleep(seconds)
                scope.cancel()
        assert scope.cancelled_caught
        assert len(flaky.called) == (1 if seconds < 1 else 2)


async def test_a_cancellation_that_has_come_goes_before_the_error() -> None:
    """A wait is not begun, but nor is the failure the last word: somebody wanted an end."""
    with trio.CancelScope() as scope:
        async for attempt in Retry(on=OSError):
            with attempt:
                scope.cancel()
                raise OSError
    assert scope.cancelled_caught


async def test_retries_are_within_the_budget_of_all_who_share_it(autojump_clock: MockClock) -> None:
    """An outage costs the reserve and then a tenth of the calls, not three times as many."""
    budget, called = RetryBudget(share=0.1, reserve=5), 0

    async def down() -> None:
        nonlocal called
        called += 1
        raise OSError("down")

    for retry in (Retry(on=OSError, budget=budget), Retry(on=Exception, attempts=5, budget=budget)):
        for _ in range(100):
            with pytest.raises(OSError, match="down") as caught:
                await retry(down)()
    # At first the reserve is full, so what the first calls earn is lost.
    assert called <= 200 + 5 + 20
    assert called == 200 + budget.statistics().retries
    assert budget.statistics().available == 0
    assert caught.value.__notes__ == ["gave up after 1 attempt: the retry budget is spent"]


async def test_a_retry_that_was_not_made_is_given_back(autojump_clock: MockClock) -> None:
    """Who is cancelled while he waits has not used it."""
    budget = RetryBudget(reserve=1, share=0.0)
    retry = Retry(on=OSError, backoff=EVEN, budget=budget)
    with trio.move_on_after(0.5) as scope:
        scope.deadline = trio.current_time() + 100  # else it would not begin to wait
        async with trio.open_nursery() as nursery:
            nursery.start_soon(retry(Flaky(OSError(), OSError()).__call__))
            await trio.sleep(0.5)
            assert budget.statistics().available == 0
            scope.cancel()
    assert budget.statistics().available == 1
    assert budget.statistics().retries == 0


async def test_an_observer_that_ends_the_program_costs_no_retry() -> None:
    """What it was told of does not happen."""
    budget = RetryBudget(reserve=1)
    retry = Retry(on=OSError, budget=budget)

    def leave(_: RetryScheduled) -> None:
        raise SystemExit

    retry.subscribe(leave)
    with pytest.raises(SystemExit):
        await retry(Flaky(OSError()).__call__)()
    assert budget.statistics().retries == 0


async def test_each_retry_is_told_before_its_wait(autojump_clock: MockClock) -> None:
    """With the error that it is for."""
    errors, seen = [OSError("1"), OSError("2")], list[RetryScheduled]()
    retry = Retry(on=OSError, backoff=EVEN)
    retry.subscribe(seen.append)
    await retry(Flaky(*errors).__call__)()
    assert seen == [
        RetryScheduled(attempt=2, delay=1.0, error=errors[0]),
        RetryScheduled(attempt=3, delay=2.0, error=errors[1]),
    ]


async def test_one_seed_gives_one_sequence_of_waits(autojump_clock: MockClock) -> None:
    """All chance is handed in."""
    runs: list[list[float]] = []
    for _ in range(2):
        seen: list[RetryScheduled] = []
        retry = Retry(on=OSError, backoff=Backoff(jitter=0.5), random=Random(7))
        retry.subscribe(seen.append)
        await retry(Flaky(OSError(), OSError()).__call__)()
        runs.append([event.delay for event in seen])
    assert runs[0] == runs[1] != [0.1, 0.2]


async def test_an_attempt_that_is_not_used_is_a_mistake() -> None:
    """Without its block nobody would know whether it failed, and the loop would have no end."""
    attempts = aiter(Retry(on=OSError))
    assert (await anext(attempts)).number == 1
    with pytest.raises(AttemptSkipped, match="attempt 1 was not used in a `with` block"):
        await anext(attempts)


async def test_no_error_is_kept_while_it_waits_and_when_it_is_over(autojump_clock: MockClock) -> None:
    """Its frames hold what was called with, perhaps for long, and a circle of them until a collection."""

    class Gone(Exception):
        pass

    kept: list[weakref.ref[Gone]] = []

    @Retry(on=Gone, backoff=EVEN, budget=RetryBudget(reserve=1, share=0.0))
    async def call() -> None:
        error = Gone()
        kept.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    async def caller() -> None:
        with contextlib.suppress(Gone):
            await call()

    gc.collect()
    gc.disable()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller)
            await trio.sleep(0.5)
            assert [one() for one in kept] == [None]
        assert [one() for one in kept] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("attempts", [0, -1, 1.5])
def test_an_option_out_of_bounds_is_refused_at_the_door(attempts: float) -> None:
    """The error names it."""
    with pytest.raises(ValueError, match="attempts must be a whole number from 1"):
        Retry(on=OSError, attempts=attempts)  # type: ignore[arg-type]  # that is the point
