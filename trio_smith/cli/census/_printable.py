"""Make a stranger's text fit for a terminal: pure."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return *text* with everything escaped that is not printable: control codes, line ends, stray bytes."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
