"""Find the lines at which the keys of a TOML file stand: pure.

The parser of the standard library does not say; so this looks for what a line begins with. It may miss
a key that is written in an unusual way (inside an inline table, say), and then no line is told.
"""

from __future__ import annotations

import re
from typing import Final

_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\\n]*"|'[^'\n]*')"""
_DOTTED: Final = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_TABLE: Final = re.compile(rf"[ \t]*\[[ \t]*(?P<key>{_DOTTED})[ \t]*\]")
_PAIR: Final = re.compile(rf"[ \t]*(?P<key>{_DOTTED})[ \t]*=")
_ONE: Final = re.compile(_KEY)
_FENCE: Final = re.compile(r'"""|\'\'\'')


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line, counted from 1, of each table and of each key that was found in *text*."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    fence: str | None = None  # inside of a text that spans lines nothing is a key
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None:
            if (found := _TABLE.match(line)) is not None:
                table = _parts(found["key"])
                lines.setdefault(table, number)
            elif (found := _PAIR.match(line)) is not None:
                lines.setdefault((*table, *_parts(found["key"])), number)
        for mark in _FENCE.findall(line):
            fence = mark if fence is None else None if fence == mark else fence
    return lines


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _ONE.findall(key))
