"""Breakers, bulkheads, rate limits and retries: no place, token, probe or retry is ever lost or doubled."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from random import Random

import trio

import trio_smith as smith
from tests.sweep.scenario import Scenario
from trio_smith.exits import is_fatal
from trio_smith.resilience._circuit import Permit
from trio_smith.testing import Stage

EVEN = smith.Backoff(initial=0.5, factor=2.0, jitter=0.0)


class Calls:
    """What is guarded: takes a while, fails as it is told, and counts who is inside."""

    def __init__(self, stage: Stage, *, failing: int = 0) -> None:
        self.stage = stage
        self.failing = failing
        self.begun: list[float] = []
        self.inside = 0

    async def __call__(self, seconds: float = 0.3) -> None:
        """Be called."""
        self.inside += 1
        try:
            self.begun.append(trio.current_time())
            await trio.sleep(seconds)
            if self.failing:
                self.failing -= 1
                raise OSError("not yet")
        finally:
            self.inside -= 1

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came out: it may have hit a call before its first line, or a block at its border."""
        return self.stage.outcome is not None and is_fatal(self.stage.outcome)

    def check_count(self, let_through: int) -> None:
        """Demand that every call that was let through was made."""
        torn = 1 if self.interrupted else 0
        assert 0 <= let_through - len(self.begun) <= torn, f"{len(self.begun)} calls of {let_through}"


async def _crowd(stage: Stage, call: Callable[[], Awaitable[object]], number: int, gap: float) -> None:
    """Let so many tasks call twice each, some at the same time; the first two can be struck alone."""

    async def caller(name: str, late: float) -> None:
        with stage.victim(name):
            await trio.sleep(late)
            for _ in range(2):
                try:
                    await call()
                except (OSError, smith.Refused) as error:
                    stage.note(type(error))

    async with trio.open_nursery() as nursery:
        for one in range(number):
            nursery.start_soon(caller, f"caller {one % 2}" if one < 2 else f"other {one}", one // 2 * gap)


def _watch_breaker(stage: Stage, breaker: smith.CircuitBreaker, *, exact: bool) -> None:
    circuit = breaker._circuit

    def always() -> None:
        assert circuit.probing <= circuit.probes, "too many probes"
        assert circuit.probing <= circuit.statistics().in_flight, "a place is held by nobody"

    def at_end() -> None:
        if exact or not (stage.outcome is not None and is_fatal(stage.outcome)):
            assert circuit.statistics().in_flight == 0, "a call has not been left"
            assert circuit.probing == 0, "a place was not given back"
            assert not breaker._permits
        assert isinstance(circuit.enter(stage.ended_at + circuit.reset_after), Permit), "closed for ever"

    stage.always(always)
    stage.at_end(at_end)


def _broken(probes: int) -> smith.CircuitBreaker:
    return smith.CircuitBreaker(failures=1, reset_after=1.0, probes=probes, successes=2, on=OSError)


async def _open(breaker: smith.CircuitBreaker) -> None:
    with contextlib.suppress(OSError):
        async with breaker:
            raise OSError("at first")
    await trio.sleep(1.0)


async def probes_of_a_breaker(stage: Stage) -> None:
    """Callers crowd before a half-open breaker; one probe fails, so it opens once more."""
    breaker = _broken(2)
    await _open(breaker)
    _watch_breaker(stage, breaker, exact=True)
    await _crowd(stage, breaker(Calls(stage, failing=1).__call__), 6, 0.2)


async def blocks_of_a_breaker(stage: Stage) -> None:
    """The same with blocks, one inside the other."""
    breaker = _broken(3)
    await _open(breaker)
    _watch_breaker(stage, breaker, exact=False)
    calls = Calls(stage, failing=1)

    async def nested() -> None:
        async with breaker:
            await trio.sleep(0.1)
            async with breaker:
                await calls()

    await _crowd(stage, nested, 4, 0.2)


def _watch_bulkhead(stage: Stage, bulkhead: smith.Bulkhead, calls: Calls) -> None:
    def always() -> None:
        numbers = bulkhead.statistics()
        assert calls.inside <= numbers.inside <= bulkhead.limit, "too many inside, or too few counted"
        assert numbers.waiting <= bulkhead.waiting

    def at_end() -> None:
        numbers = bulkhead.statistics()
        assert (numbers.inside, numbers.waiting) == (0, 0), "a place was not given back"
        calls.check_count(numbers.admitted)

    stage.always(always)
    stage.at_end(at_end)


async def places_of_a_bulkhead(stage: Stage) -> None:
    """Some are inside, some wait, some go at once and some after a while."""
    bulkhead, calls = smith.Bulkhead(2, waiting=2, max_wait=0.5), Calls(stage)
    _watch_bulkhead(stage, bulkhead, calls)
    await _crowd(stage, bulkhead(calls.__call__), 6, 0.2)


async def turns_of_a_rate_limit(stage: Stage) -> None:
    """Who is next may leave, and so may those behind; the pace stays the same."""
    limit, calls = smith.RateLimit(2, burst=2, waiting=4, max_wait=1.5), Calls(stage)

    def always() -> None:
        for earlier, later in zip(calls.begun, calls.begun[2:], strict=False):
            assert later - earlier > 0.5 - 1e-9, "too many at once"

    def at_end() -> None:
        assert limit.statistics().waiting == 0
        calls.check_count(limit.statistics().admitted)

    stage.always(always)
    stage.at_end(at_end)
    await _crowd(stage, limit(calls.__call__), 6, 0.2)


async def retries_of_a_budget(stage: Stage) -> None:
    """More retries are wanted than there are; who is cancelled while he waits gives his back."""
    budget, calls = smith.RetryBudget(share=0.5, reserve=2), Calls(stage, failing=9)
    retry = smith.Retry(on=OSError, attempts=3, backoff=EVEN, budget=budget, random=Random(0))

    def always() -> None:
        numbers = budget.statistics()
        assert numbers.retries <= 2 + 0.5 * numbers.calls

    def at_end() -> None:
        numbers = budget.statistics()
        calls.check_count(numbers.calls + numbers.retries)

    stage.always(always)
    stage.at_end(at_end)
    await _crowd(stage, retry(calls.__call__), 4, 0.1)


async def all_guards_together(stage: Stage) -> None:
    """In the order that the documentation gives, under one deadline."""
    breaker, calls = _broken(2), Calls(stage, failing=3)
    bulkhead = smith.Bulkhead(2, waiting=2)
    budget = smith.RetryBudget(share=0.5, reserve=3)
    retry = smith.Retry(on=(OSError, smith.Refused), backoff=EVEN, budget=budget, random=Random(0))
    _watch_breaker(stage, breaker, exact=True)
    _watch_bulkhead(stage, bulkhead, calls)
    guarded = retry(breaker(smith.RateLimit(10, burst=2)(bulkhead(calls.__call__))))

    async def call() -> None:
        with trio.move_on_after(2.5):
            await guarded()

    await _crowd(stage, call, 5, 0.1)


SCENARIOS = (
    Scenario(play=probes_of_a_breaker, within=3, least=150),
    Scenario(play=blocks_of_a_breaker, within=3, least=150),
    Scenario(play=places_of_a_bulkhead, within=3, least=150),
    Scenario(play=turns_of_a_rate_limit, within=5, least=150),
    Scenario(play=retries_of_a_budget, within=10, least=150),
    Scenario(play=all_guards_together, within=12, least=150),
)
