"""``trio-smith demo``: a supervised census that proves itself."""

from __future__ import annotations

import argparse
import signal
import sys

import trio_smith as smith

from . import census
from ._exits import DONE as PROVEN
from ._exits import FAILED, INTERRUPTED, NOBODY_READS, USAGE
from ._place import NothingToCount, place_of


def run_demo(options: argparse.Namespace) -> int:
    """Take the census, count plainly, prove it, print; return the exit code.

    Ctrl-C stops what is going on in order, and is answered here with what had been done. The process
    is expected to end then: further ones are ignored.
    """
    screen = census.Screen(out=sys.stdout, err=sys.stderr, quiet=options.quiet)
    try:
        place = place_of(options.path)
    except NothingToCount as error:
        screen.say(f"trio-smith demo: {error}")
        return USAGE
    saboteur = census.Saboteur(rate=options.crash_rate, seed=options.seed, deliveries=census.DELIVERIES)
    assignment = census.Assignment(
        place=place, parsers=options.parsers, saboteur=saboteur, store=options.store
    )
    trial = census.Trial(assignment, screen)
    code = FAILED
    try:
        code = _print(screen, trial.run())
    except* (smith.FailureError, smith.MisuseError) as failures:  # a missing extra is misuse
        for failure in failures.exceptions:
            screen.say(f"trio-smith demo: {failure}")
        screen.say(trial.so_far())
    except* KeyboardInterrupt:
        # What is left to do is to say so; one more Ctrl-C could only tear that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        screen.say(f"interrupted: {trial.so_far()}")
        code = INTERRUPTED
    return code


def _print(screen: census.Screen, outcome: census.Outcome) -> int:
    try:
        screen.result(outcome.report)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            return NOBODY_READS
        screen.say(f"trio-smith demo: cannot write the results: {error.strerror}")
        return FAILED
    return PROVEN if outcome.proven else FAILED
