"""Durations as people write them: pure."""

from __future__ import annotations

import re
from typing import Final

from ._refused import Refused, shown

_SECONDS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
_PART: Final = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)(?P<unit>ms|[dhms])")
_FIX: Final = 'Write a duration with its unit: "30s", "500ms", "1m30s", "2h" or "1d".'


def parse_duration(text: str, /) -> float:
    """Return the seconds that *text* means: numbers with d, h, m, s or ms, the largest unit first.

    Raises:
        Refused: It is no duration.
    """
    seconds, place, last = 0.0, 0, float("inf")
    while (part := _PART.match(text, place)) is not None:
        unit = _SECONDS[part["unit"]]
        if unit >= last:
            raise Refused(f"{shown(text)} has its units in no order, or one of them twice", _FIX)
        seconds, place, last = seconds + float(part["number"]) * unit, part.end(), unit
    if place == 0 or place < len(text):
        bare = text.isascii() and text.replace(".", "", 1).isdigit()
        raise Refused(f"{shown(text)} {'has no unit' if bare else 'is no duration'}", _FIX)
    return seconds


def say_duration(seconds: float, /) -> str:
    """Return *seconds* as `parse_duration` reads them, to the millisecond."""
    left = round(seconds * 1000)
    parts: list[str] = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
