"""Try again: the shell that waits between the attempts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from random import Random
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import attrs
import trio
from trio.lowlevel import checkpoint_if_cancelled, enable_ki_protection

from ..telemetry import Bus, Subscription
from . import _options as check
from ._backoff import Backoff
from ._errors import AttemptSkipped
from ._failures import Which, check_which, may_be_tried_again
from ._observed import report_subscriber
from ._retry_budget import RetryBudget
from ._retry_plan import GiveUp, retry_after, wait_before

P = ParamSpec("P")
R = TypeVar("R")


def _check_on(_instance: object, _attribute: attrs.Attribute[Which], value: object) -> None:
    check_which(value)


@attrs.frozen(kw_only=True)
class RetryScheduled:
    """An attempt failed with ``error``; attempt number ``attempt`` begins in ``delay`` seconds."""

    attempt: int
    delay: float
    error: BaseException


@attrs.frozen(kw_only=True, eq=False)
class Retry:
    """Makes a call again that has failed, with growing waits in between.

    ``@retry`` on an async function; or, round any block, ``async for attempt in retry:`` and in it
    ``with attempt:``.

    *on* says which exceptions are worth another attempt: a type of Exception, several, or a function that is
    asked about each one. There is no default, because only you know what may be done twice; of a group each
    one must be worth it, and a cancellation never is. There are at most *attempts* in all; *backoff* says how
    long to wait before the second, third and so on, drawing on *random*; after an exception with a number
    ``retry_after`` it waits for at least so many seconds. *budget* limits the retries of all who share it.

    When it gives up, the last exception comes out as it is, with a note that says why. A deadline over all
    of it is a scope round it, ``with trio.fail_after(30):``. A wait that would reach the deadline is not
    begun: the last exception comes out at once.

    One retry serves any number of calls and tasks at once.

    Raises:
        ValueError: An option is out of its bounds; the text names it.
    """

    on: Which = attrs.field(validator=_check_on)
    attempts: int = attrs.field(default=3, validator=check.count(1))
    backoff: Backoff = attrs.field(factory=Backoff)
    budget: RetryBudget | None = attrs.field(default=None)
    random: Random = attrs.field(factory=Random, repr=False)
    _bus: Bus[RetryScheduled] = attrs.field(
        factory=lambda: Bus[RetryScheduled](on_failure=report_subscriber), init=False, repr=False
    )

    def subscribe(self, callback: Callable[[RetryScheduled], None]) -> Subscription:
        """Call *callback* with each retry when it is decided, at once; what it raises is logged once."""
        return self._bus.subscribe(callback)

    def __aiter__(self) -> Attempts:
        return Attempts(self, self._bus)

    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Callable[P, Coroutine[Any, Any, R]]:
        """Return *function*, an async one, with each call of it tried again like this."""

        @wraps(function)
        async def retried(*args: P.args, **kwargs: P.kwargs) -> R:
            async for attempt in self:
                with attempt:
                    return await function(*args, **kwargs)
            raise AssertionError("an attempt returns, raises, or is followed by another one")

        return retried


class Attempts:
    """The attempts of one call, one after the other; what ``async for`` iterates over."""

    __slots__ = ("_bus", "_last", "_retry")

    def __init__(self, retry: Retry, bus: Bus[RetryScheduled]) -> None:
        self._retry, self._bus = retry, bus
        self._last: Attempt | None = None

    def __aiter__(self) -> Self:
        return self

    @enable_ki_protection
    async def __anext__(self) -> Attempt:
        """Return the next attempt after the wait before it; the first one at once, without a checkpoint.

        Raises:
            AttemptSkipped: The last attempt was not used.
            StopAsyncIteration: It succeeded.
            Exception: What it failed with, if there is to be no other one.

        Cancellation: atomic; a retry that was not made is given back to the budget.
        """
        last, budget = self._last, self._retry.budget
        if last is None:
            if budget is not None:
                budget.earn()
        elif not last.used:
            raise AttemptSkipped(number=last.number)
        elif last.error is None:
            raise StopAsyncIteration
        else:
            await self._wait(last.number, last.take_error())
        self._last = attempt = Attempt(self._retry, 1 if last is None else last.number + 1)
        return attempt

    async def _wait(self, number: int, error: Exception) -> None:
        await checkpoint_if_cancelled()  # whose cancellation is under way has no deadline to look at
        retry = self._retry
        wait = wait_before(
            delay=retry.backoff.delay(number, retry.random),
            asked=retry_after(error),
            now=trio.current_time(),
            deadline=trio.current_effective_deadline(),
        )
        if not isinstance(wait, GiveUp) and retry.budget is not None and not retry.budget.spend():
            wait = GiveUp.NO_BUDGET
        try:
            if isinstance(wait, GiveUp):
                give_up(error, number, wait)
                raise error
            event = RetryScheduled(attempt=number + 1, delay=wait, error=error)
        finally:
            del error  # it holds this frame, which must not hold it: neither while it waits nor for ever
        try:
            self._bus.emit(event)
            del event
            await trio.sleep(wait)
        except BaseException:
            if retry.budget is not None:
                retry.budget.give_back()
            raise


class Attempt:
    """One attempt: ``with attempt:`` round what is tried. What is worth another one stays inside."""

    __slots__ = ("_retry", "error", "number", "used")

    def __init__(self, retry: Retry, number: int) -> None:
        self._retry = retry
        self.number: int = number
        """Its number, from 1."""
        self.used: bool = False
        self.error: Exception | None = None

    @enable_ki_protection  # else it would count as made, and never be
    def __enter__(self) -> Self:
        self.used = True
        return self

    @enable_ki_protection
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or not may_be_tried_again(error, self._retry.on):
            return False
        if self.number >= self._retry.attempts:
            give_up(error, self.number, GiveUp.ENOUGH)
            return False
        self.error = error
        return True

    def take_error(self) -> Exception:
        """Return what it failed with, and keep it no longer: it holds the frames that hold this."""
        error, self.error = self.error, None
        assert error is not None, "it has failed"
        return error


def give_up(error: Exception, number: int, why: GiveUp) -> None:
    """Note on *error* that it is the last word."""
    note = f"gave up after {number} {'attempt' if number == 1 else 'attempts'}: {why.value}"
    if note not in getattr(error, "__notes__", ()):  # one exception may be raised again and again
        error.add_note(note)
