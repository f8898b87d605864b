"""Break long lines between words: pure."""

from __future__ import annotations

import textwrap
from typing import Final

_HANGING: Final = "    "
_NARROWEST: Final = 20


def wrap(text: str, columns: int) -> str:
    """Return *text* with every line that is longer than *columns* broken between words.

    What is broken off stands below, further in. A word stays whole, however long it is; and below 20
    columns nothing would be gained.
    """
    return "\n".join(_wrap_line(line, max(columns, _NARROWEST)) for line in text.split("\n"))


def _wrap_line(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        columns,
        subsequent_indent=indent + _HANGING,
        expand_tabs=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def cut(line: str, columns: int, *, at: str) -> str:
    """Return what of *line* fits into *columns*, up to the last *at* in it that does, or as it falls."""
    if len(line) <= columns:
        return line
    fits = line[: max(columns, 0)]
    return fits.rpartition(at)[0] or fits
