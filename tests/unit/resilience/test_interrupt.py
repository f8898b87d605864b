"""Ctrl-C at every line of a guard's own frames: whoever was let through has left again."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from trio_smith.resilience import Bulkhead, CircuitBreaker, RateLimit, Retry, RetryBudget, _guard
from trio_smith.testing._deterministic import scheduled_by
from trio_smith.testing._interrupt import sigint_as_usual

FOLDER = _guard.__file__.rpartition("/")[0]


class Strike:
    """Sends one SIGINT when so many lines of our frames have begun; it is a tracer."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        """Look at the lines of these frames alone."""
        return self.line if frame.f_code.co_filename.startswith(FOLDER) else None

    def line(self, _frame: FrameType, event: str, _: object) -> Any:
        """Strike before a line, as a signal does that comes in between two."""
        if event == "line":
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)
        return self.line


async def decorated(guard: Any) -> None:
    """Make a call of a decorated function."""
    await guard(trio.sleep)(1)


async def in_a_block(guard: Any) -> None:
    """Make a call in a block."""
    async with guard:
        await trio.sleep(1)


def run_and_strike(call: Callable[[], Awaitable[object]], line: int) -> bool:
    """Run *call*, struck at the so-manieth line of our frames; tell whether it had so many."""
    strike = Strike(line)

    async def main() -> None:
        before = sys.gettrace()
        sys.settrace(strike)
        try:
            await call()
        finally:
            sys.settrace(before)

    with scheduled_by(1), sigint_as_usual():
        try:
            trio.run(main, clock=MockClock(autojump_threshold=0))
        except KeyboardInterrupt:
            assert strike.left <= 0
        else:
            assert strike.left > 0, "Ctrl-C was swallowed"
    return strike.left <= 0


@pytest.mark.parametrize(
    "make",
    [CircuitBreaker, lambda: Bulkhead(1), lambda: RateLimit(1)],
    ids=["breaker", "bulkhead", "rate limit"],
)
@pytest.mark.parametrize("call", [decorated, in_a_block])
def test_ctrl_c_at_any_line_of_a_guarded_call_leaves_nobody_inside(
    make: Callable[[], Any], call: Callable[[Any], Awaitable[None]]
) -> None:
    """Between two lines of the user's own a signal comes as it likes; not between two of ours."""
    line, struck = 0, True
    while struck:
        line += 1
        guard = make()
        struck = run_and_strike(partial(call, guard), line)
        numbers = guard.statistics()
        assert getattr(numbers, "in_flight", 0) == getattr(numbers, "inside", 0) == 0
        assert getattr(numbers, "waiting", 0) == 0
    assert line > 5


def test_ctrl_c_at_any_line_between_two_attempts_costs_no_retry() -> None:
    """One that was taken out of the budget is made, or put back."""
    line, struck = 0, True
    while struck:
        line += 1
        budget, made = RetryBudget(), list[int]()

        async def call(retry: Retry, made: list[int]) -> None:
            async for attempt in retry:
                with attempt:
                    made.append(attempt.number)
                    if attempt.number == 1:
                        raise OSError

        struck = run_and_strike(partial(call, Retry(on=OSError, budget=budget), made), line)
        numbers = budget.statistics()
        assert numbers.calls + numbers.retries == len(made), line
    assert line > 10
