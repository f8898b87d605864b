"""Say that a written value is none of its kind, and what one would be: pure."""

from __future__ import annotations

from typing import Final

SHOWN: Final = 60
"""Characters of a refused value that an error shows."""


class Refused(ValueError):
    """A value is none of its kind: ``why`` says what is wrong, ``fix`` what to write instead."""

    def __init__(self, why: str, fix: str) -> None:
        self.why, self.fix = why, fix
        super().__init__(f"{why}. {fix}")


def shown(value: object) -> str:
    """Return *value* as an error shows it: quoted, on one line, printable, and short."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > SHOWN * 3:
        return "a number of more than 50 digits"  # which Python may even refuse to print
    text = ascii(value[: SHOWN + 1]) if isinstance(value, str) and not value.isprintable() else repr(value)
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"
