"""Make a stranger's text fit for a terminal: pure."""

from __future__ import annotations

from typing import Final

LONGEST_PATH: Final = 201
"""Characters; a directory may be nested far deeper than anybody wants to read."""


def printable(text: str) -> str:
    """Return *text* with everything escaped that is not printable: control codes, line ends, stray bytes."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def printable_path(path: str) -> str:
    """Return *path* made fit, and without its middle if it would fill the screen."""
    if len(path) > LONGEST_PATH:
        half = (LONGEST_PATH - 1) // 2
        path = f"{path[:half]}…{path[-half:]}"
    return printable(path)
