"""Check the numbers that a store is opened with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ._errors import BadRequest

if TYPE_CHECKING:
    import attrs


def a_positive(_owner: object, attribute: attrs.Attribute[Any], value: float) -> None:
    """Check that the option *value* is positive."""
    if not value > 0:
        raise _refused(attribute.name, value, "positive")


def check_seconds(**seconds: float) -> None:
    """Raise BadRequest unless all of *seconds*, by their names, are positive and finite."""
    for name, value in seconds.items():
        if not 0 < value < math.inf:
            raise _refused(name, value, "positive and finite")


def _refused(name: str, value: float, rule: str) -> BadRequest:
    return BadRequest(
        what="cannot open a store like this",
        why=f"{name} is {value!r}, and must be {rule}",
        fix="Pass such a number, or leave it out.",
    )
