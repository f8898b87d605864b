"""Which exceptions are meant: by their types, or by a question that is asked about each."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias, cast

from ..exits import leaves
from ._errors import Refused

Which: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
"""A type, several of them, or a function that says of an exception whether it is meant."""


def check_which(value: object) -> None:
    """Refuse what names no exceptions, and what names more: a cancellation and Ctrl-C are no failures.

    Raises:
        ValueError: It is no type of `Exception`, no tuple of them, and no function.
    """
    kinds = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    types = bool(kinds) and all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds)
    question = not isinstance(value, (type, tuple)) and callable(value)
    if not types and not question:
        raise ValueError(f"on must be a type of Exception, a tuple of such, or a function, not {value!r}")


def _is_meant(leaf: BaseException, which: Which) -> bool:
    assert isinstance(leaf, Exception), "an ExceptionGroup holds nothing else"
    return isinstance(leaf, which) if isinstance(which, (type, tuple)) else which(leaf)


def may_be_tried_again(error: BaseException, which: Which) -> bool:
    """Tell whether *error* is meant by *which*; of a group, whether each one in it is.

    Nothing but an `Exception` ever is: who is cancelled must not try again.
    """
    return isinstance(error, Exception) and all(_is_meant(leaf, which) for leaf in leaves(error))


class Verdict(Enum):
    """What the end of a call says about what was called."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEITHER = "neither"
    """Nothing: it was cancelled, or never made."""


def judge(error: BaseException | None, which: Which) -> Verdict:
    """Say what a call that ended with *error* was, if *which* are the failures.

    Another exception is a success: whoever was called has answered. Of a group one failure is enough.
    A cancellation (or whatever else is no `Exception`) and a `Refused` say nothing.
    """
    if error is None:
        return Verdict.SUCCESS
    if not isinstance(error, Exception):
        return Verdict.NEITHER
    made = [leaf for leaf in leaves(error) if not isinstance(leaf, Refused)]
    if any(_is_meant(leaf, which) for leaf in made):
        return Verdict.FAILURE
    return Verdict.SUCCESS if made else Verdict.NEITHER
