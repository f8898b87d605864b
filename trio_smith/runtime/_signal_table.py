"""What a signal asks for, given what was asked for before: pure."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Ask(Enum):
    """What a signal asks of the runtime."""

    STOP = "stop"
    """Stop in order, in phases."""
    HURRY = "hurry"
    """Stop now: skip what is left of the phases, cancel the whole tree at once."""
    RELOAD = "reload"
    """Read the settings again."""
    SHOW = "show"
    """Log the live tree."""


_TABLE: Final = {"SIGTERM": Ask.STOP, "SIGINT": Ask.STOP, "SIGHUP": Ask.RELOAD, "SIGUSR1": Ask.SHOW}

CAUGHT: Final = tuple(_TABLE)
"""The names of the signals that mean something; a platform may lack some of them."""


def ask_of(signal: str, *, stopping: bool) -> Ask | None:
    """Return what *signal* asks for; *stopping* tells whether a signal has asked for a stop before.

    A second wish to stop is one to hurry, whichever of the two signals it is. A program that stops
    does not reload any more.
    """
    ask = _TABLE[signal]
    if stopping and ask is Ask.STOP:
        return Ask.HURRY
    if stopping and ask is Ask.RELOAD:
        return None
    return ask
