"""Check the options of this package at the door: ValueError says which one is wrong, and what it must be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

Validator: TypeAlias = Callable[[object, "attrs.Attribute[Any]", Any], None]


def _validator(holds: Callable[[Any], bool], must: str) -> Validator:
    def check(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not holds(value):
            raise ValueError(f"{attribute.name} {must}, not {value!r}")

    return check


positive: Validator = _validator(lambda value: 0 < value < math.inf, "must be positive and finite")
seconds: Validator = _validator(lambda value: 0 < value < math.inf, "must be positive and finite, in seconds")
span: Validator = _validator(lambda value: value > 0, "must be positive, in seconds")
patience: Validator = _validator(lambda value: value >= 0, "must be 0 or more, in seconds")
share: Validator = _validator(lambda value: 0 <= value <= 1, "is a share from 0 to 1")


def count(least: int) -> Validator:
    """Return what takes a whole number from *least*."""
    return _validator(
        lambda value: isinstance(value, int) and value >= least, f"must be a whole number from {least}"
    )
