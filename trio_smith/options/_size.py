"""Sizes of data as people write them: pure."""

from __future__ import annotations

import re
from typing import Final

from ._refused import Refused, shown

_BYTES: Final = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_SIZE: Final = re.compile(r"(?P<number>[0-9]{1,12}) ?(?P<unit>[A-Za-z]{1,3})")
_FIX: Final = 'Write a size with its unit: "512B", "64KiB", "10MiB" or "1GB".'


def parse_size(text: str, /) -> int:
    """Return the bytes that *text* means: a whole number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB.

    Raises:
        Refused: It is no size.
    """
    size = _SIZE.fullmatch(text)
    if size is None:
        bare = text.isascii() and text.isdigit()
        raise Refused(f"{shown(text)} {'has no unit' if bare else 'is no size'}", _FIX)
    if size["unit"] not in _BYTES:
        close = next((unit for unit in _BYTES if unit.lower() == size["unit"].lower()), None)
        fix = f"Did you mean {size['number']}{close}?" if close else _FIX
        raise Refused(f"{shown(text)} has the unknown unit {size['unit']}", fix)
    return int(size["number"]) * _BYTES[size["unit"]]


def say_size(count: int, /) -> str:
    """Return *count* bytes as `parse_size` reads them, exactly."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if count and count % _BYTES[unit] == 0:
            return f"{count // _BYTES[unit]}{unit}"
    return f"{count}B"
