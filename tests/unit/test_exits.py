"""Why something ended."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.exits import (
    KILLED,
    RETURNED,
    STOPPED,
    Crashed,
    ExitReason,
    Ignore,
    Killed,
    NodeLost,
    Returned,
    ShutDown,
    Shutdown,
    Stopped,
    is_fatal,
    is_normal,
    leaves,
)


class Mute(Exception):
    """Has no text."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Returned(), "returned"),
        (ShutDown(), "shut down"),
        (ShutDown("no work"), "shut down (no work)"),
        (ShutDown(0), "shut down (0)"),
        (ShutDown(ValueError("why")), "shut down (ValueError: why)"),
        (Stopped(), "stopped"),
        (Killed(), "killed"),
        (Crashed(ValueError("x")), "crashed (ValueError: x)"),
        (Crashed(Mute()), "crashed (Mute (its __str__ raised RuntimeError))"),
        (NodeLost(node="beta"), "node beta lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_reason_says_what_it_is(reason: ExitReason, text: str) -> None:
    """In a log line, whatever it carries."""
    assert str(reason) == text


def test_reasons_without_facts_are_equal() -> None:
    """So they can be compared with what one expects."""
    assert Returned() == RETURNED
    assert Stopped() == STOPPED
    assert Killed() == KILLED
    assert ShutDown("a") == ShutDown("a") != ShutDown("b")
    assert NodeLost(node="a") != NodeLost(node="b")
    assert len({RETURNED, STOPPED, KILLED, Returned()}) == 3


def test_two_crashes_are_never_the_same() -> None:
    """Exceptions compare by identity, and so do crashes: each happened once."""
    error = ValueError()
    crash = Crashed(error)
    assert crash == crash  # noqa: PLR0124 - with itself, that is
    assert crash != Crashed(error)


def test_reasons_are_frozen_values() -> None:
    """They are handed to many."""
    for reason in (RETURNED, ShutDown("x"), NodeLost(node="a")):
        assert copy.copy(reason) == reason
        assert pickle.loads(pickle.dumps(reason)) == reason  # noqa: S301 - our own
    with pytest.raises(AttributeError):
        ShutDown("x").why = "y"  # type: ignore[misc]


def test_only_returned_and_shut_down_are_normal() -> None:
    """Everything else that a child does by itself is abnormal."""
    reasons = [RETURNED, ShutDown(), STOPPED, KILLED, Crashed(ValueError()), NodeLost(node="a")]
    assert [is_normal(reason) for reason in reasons] == [True, True, False, False, False, False]


def test_shutdown_carries_why() -> None:
    """With a reason or without."""
    assert Shutdown().why is None
    assert Shutdown().args == ()
    assert str(Shutdown("enough")) == "enough"
    assert Shutdown(0).why == 0
    restored = pickle.loads(pickle.dumps(Shutdown("enough")))  # noqa: S301 - our own
    assert (type(restored), restored.why) == (Shutdown, "enough")
    assert issubclass(Ignore, Exception)


EXCEPTIONS = st.recursive(
    st.builds(ValueError, st.integers(0, 99)),
    lambda inner: st.builds(ExceptionGroup, st.just("group"), st.lists(inner, min_size=1, max_size=4)),
    max_leaves=20,
)


def flat(error: BaseException) -> list[BaseException]:
    """Return the leaves, the obvious way."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in flat(one)]
    return [error]


@given(EXCEPTIONS)
def test_leaves_come_in_order(error: BaseException) -> None:
    """The very objects."""
    assert [id(leaf) for leaf in leaves(error)] == [id(leaf) for leaf in flat(error)]


@given(EXCEPTIONS, st.sampled_from([KeyboardInterrupt, SystemExit, None]))
def test_fatal_is_whatever_holds_a_wish_to_end_the_program(
    error: BaseException, wish: type[BaseException] | None
) -> None:
    """However deep it sits."""
    if wish is None:
        assert not is_fatal(error)
    else:
        assert is_fatal(wish())
        assert is_fatal(BaseExceptionGroup("outer", [error, BaseExceptionGroup("inner", [wish()])]))


def test_a_tower_of_groups_deeper_than_the_stack_has_its_leaf() -> None:
    """A hostile or an unlucky program may build one."""
    error: BaseException = KeyboardInterrupt()
    for _ in range(10_000):
        error = BaseExceptionGroup("deeper", [error])
    assert [type(leaf) for leaf in leaves(error)] == [KeyboardInterrupt]
    assert is_fatal(error)
    while isinstance(
        error, BaseExceptionGroup
    ):  # taken apart by hand: freeing it at once may recurse as deep
        error = error.exceptions[0]


def test_other_base_exceptions_are_not_fatal() -> None:
    """A GeneratorExit is a crash."""
    assert not is_fatal(GeneratorExit())
    assert not is_fatal(BaseExceptionGroup("group", [GeneratorExit(), ValueError()]))
