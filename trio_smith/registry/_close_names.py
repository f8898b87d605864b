"""Guess which name was meant, within a bounded time."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from itertools import islice
from typing import Final

LOOKED_AT: Final = 1_000
"""How many names are considered at all."""

COMPARED: Final = 16
"""How many of them are compared in full: difflib takes 0.1 ms for each when they are long and alike."""


def close_names(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the first 1,000 *names* that look like *wanted*, the closest first.

    Takes a few milliseconds at most, as it runs inside the caller's event loop.
    """
    likely = heapq.nsmallest(COMPARED, islice(names, LOOKED_AT), key=lambda name: _apart(wanted, name))
    return tuple(difflib.get_close_matches(wanted, likely))


def _apart(left: str, right: str) -> int:
    """Return how many characters of the longer text are neither in a common beginning nor in a common end."""
    beginning = _alike(left, right)
    end = _alike(left[beginning:][::-1], right[beginning:][::-1])
    return max(len(left), len(right)) - beginning - end


def _alike(left: str, right: str) -> int:
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
