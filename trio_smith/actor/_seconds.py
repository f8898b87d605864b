"""Durations as users give them."""

from __future__ import annotations

import math
import sys

from ..errors import ErrorFamily, MisuseError


class InvalidDuration(MisuseError, ValueError):
    """A duration was given that is no number of seconds."""

    family = ErrorFamily.ACTOR
    fix = "Give seconds as a finite number from 0."

    def __init__(self, *, what: str, value: object) -> None:
        self.value = value
        super().__init__(what=f"cannot use {value!r} as {what}", why="it is no number of seconds from 0")


def check_seconds(what: str, value: object) -> None:
    """Refuse a duration that is no finite number of seconds from 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= sys.float_info.max:
        raise InvalidDuration(what=what, value=value)


def check_drain(value: object) -> None:
    """Refuse a drain that is neither None (as the spec says) nor a number of seconds from 0 to infinity."""
    if value is not None and value != math.inf:
        check_seconds("drain", value)
