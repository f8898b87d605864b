"""A number with its noun: pure."""

from __future__ import annotations


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return *number* with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
