"""A request has one answer; how it is typed costs nothing at run time."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pytest

import trio_smith as smith
from trio_smith.messages import Answers, Request

T = TypeVar("T")


@smith.message
class Boxed(smith.Request[T], Generic[T]):
    """A request with a type parameter."""

    value: T


def test_what_ties_a_request_to_its_answer_is_never_called() -> None:
    """It is for type checkers only."""
    with pytest.raises(AssertionError, match="type checkers only"):
        smith.Request[int]().__ask__(None)  # type: ignore[arg-type]


def test_a_request_needs_no_dictionary() -> None:
    """Messages are made by the million."""

    @smith.message
    class Small(smith.Request[int]):
        number: int = 0

    assert not hasattr(Small(), "__dict__")
    assert Request.__slots__ == ()


def test_a_generic_request_is_a_value_too() -> None:
    """With or without its parameter."""
    assert Boxed(value=3) == Boxed[int](value=3)


def test_the_static_protocols_demand_nothing_of_a_request() -> None:
    """Any class with the method will do."""

    class Own:
        def __ask__(self, ref: Any, /) -> int:
            return 0

    answers: Answers[Any, int] = Own()
    assert answers.__ask__(None) == 0
