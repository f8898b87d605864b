"""Print what a command has to say, and tell by the exit code whether it could be printed."""

from __future__ import annotations

import sys

from ..config import BadSettings
from . import census
from ._exits import DONE, FAILED, NOBODY_READS, USAGE


def screen() -> census.Screen:
    """Return where commands speak: results to the standard output, all else to the standard error."""
    return census.Screen(out=sys.stdout, err=sys.stderr, quiet=False)


def print_result(who: str, text: str) -> int:
    """Print *text* as the result of the command *who*; return the exit code."""
    place = screen()
    try:
        place.result(text)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            return NOBODY_READS
        place.say(f"trio-smith {who}: cannot write the results: {error.strerror}")
        return FAILED
    return DONE


def say_problems(who: str, error: BadSettings) -> int:
    """Say what is wrong with the settings, a line for each; return the exit code."""
    place = screen()
    for problem in error.problems:
        place.say(f"trio-smith {who}: {problem}")
    count = len(error.problems)
    place.say(f"trio-smith {who}: {count} problem{'' if count == 1 else 's'}; nothing was started")
    return USAGE
