"""What counts as a failure, and what is worth another attempt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from trio_smith.resilience import BulkheadFull, CircuitBreaker, Retry
from trio_smith.resilience._failures import Verdict, Which, judge, may_be_tried_again

REFUSED = BulkheadFull(bulkhead="b", why="full")
OS, VALUE = OSError("gone"), ValueError("wrong")


def speaks_of_time(error: Exception) -> bool:
    """A question that one may ask."""
    return "time" in str(error)


@pytest.mark.parametrize(
    ("error", "on", "verdict"),
    [
        (None, Exception, Verdict.SUCCESS),
        (OS, Exception, Verdict.FAILURE),
        (OS, OSError, Verdict.FAILURE),
        (OS, (KeyError, OSError), Verdict.FAILURE),
        (VALUE, OSError, Verdict.SUCCESS),
        (OSError("time is up"), speaks_of_time, Verdict.FAILURE),
        (OS, speaks_of_time, Verdict.SUCCESS),
        (REFUSED, Exception, Verdict.NEITHER),
        (KeyboardInterrupt(), Exception, Verdict.NEITHER),
        (GeneratorExit(), Exception, Verdict.NEITHER),
        (ExceptionGroup("", [VALUE, OS]), OSError, Verdict.FAILURE),
        (ExceptionGroup("", [VALUE]), OSError, Verdict.SUCCESS),
        (ExceptionGroup("", [REFUSED, VALUE]), OSError, Verdict.SUCCESS),
        (ExceptionGroup("", [REFUSED, ExceptionGroup("", [REFUSED])]), Exception, Verdict.NEITHER),
        (BaseExceptionGroup("", [OS, KeyboardInterrupt()]), Exception, Verdict.NEITHER),
    ],
)
def test_the_table_of_verdicts(error: BaseException | None, on: Which, verdict: Verdict) -> None:
    """An answer is a success, however unpleasant; what was cut short or never made says nothing."""
    assert judge(error, on) is verdict


async def test_a_cancellation_is_neither_a_failure_nor_worth_another_attempt() -> None:
    """Also in a group, as nurseries make them."""
    seen: list[BaseException] = []
    with trio.move_on_after(0):
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as error:
            seen = [error, BaseExceptionGroup("", [error, OS])]
            raise
    assert [judge(error, Exception) for error in seen] == [Verdict.NEITHER] * 2
    assert not any(may_be_tried_again(error, Exception) for error in seen)


@pytest.mark.parametrize(
    ("error", "on", "again"),
    [
        (OS, OSError, True),
        (ConnectionError(), (KeyError, OSError), True),
        (VALUE, OSError, False),
        (OSError("time is up"), speaks_of_time, True),
        (OS, speaks_of_time, False),
        (ExceptionGroup("", [OS, ExceptionGroup("", [ConnectionError()])]), OSError, True),
        (ExceptionGroup("", [OS, VALUE]), OSError, False),
        (REFUSED, OSError, False),
        (REFUSED, (OSError, BulkheadFull), True),
        (KeyboardInterrupt(), Exception, False),
    ],
)
def test_the_table_of_another_attempt(error: BaseException, on: Which, again: bool) -> None:  # noqa: FBT001 - from a table
    """A group is worth one if each one in it is: the others would not go away."""
    assert may_be_tried_again(error, on) is again


NO_FAILURES = [(), BaseException, trio.Cancelled, (OSError, KeyboardInterrupt), int, "OSError", (1,)]


@pytest.mark.parametrize("on", NO_FAILURES)
@pytest.mark.parametrize("make", [CircuitBreaker, Retry])
def test_what_names_no_exceptions_is_refused_at_the_door(on: object, make: Callable[..., object]) -> None:
    """Above all what would swallow a cancellation or Ctrl-C."""
    with pytest.raises(ValueError, match="on must be a type of Exception"):
        make(on=on)
