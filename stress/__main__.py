"""The long runs: sweeps with many seeds, random trees struck anywhere and against OTP, kills of a store.

``python -m stress --minutes 10 --seed 7`` (or ``nox -s stress -- --minutes 10``), in a checkout. It prints
the seed that it goes by, and stops at the first thing that does not hold with the line that repeats it:
exit code 1. It ends by itself when its minutes are over. Signals have a program of their own:
``python -m stress.signals``.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import math
import sys
import time
import traceback
from random import Random, SystemRandom

from stress.sweep import Failed, run_round

# A part of a round takes seconds. What takes minutes hangs in a way that no virtual clock sees.
STUCK_AFTER = 300.0


def main() -> int:
    """Run until the minutes are over; return the exit code."""
    options = _options()
    logging.getLogger("trio_smith").setLevel(logging.CRITICAL)  # children that are stuck on purpose
    seed = options.seed if options.seed is not None else SystemRandom().randrange(2**32)
    seeds = 1 if options.only != "*" else options.seeds
    random = Random(seed)
    print(f"seed {seed}: at most {options.minutes:g} minutes", flush=True)
    begun = time.monotonic()
    end = begun + 60 * options.minutes
    faulthandler.dump_traceback_later(60 * options.minutes + STUCK_AFTER, exit=True)
    rounds = strikes = compared = 0
    one = seed
    while rounds < (seeds or math.inf) and time.monotonic() < end:
        try:
            tried = run_round(one, end=end, only=options.only, point=options.point)
        except Failed as failed:
            traceback.print_exception(failed.__cause__)
            print(f"{failed.__cause__}\nrepeat it with: python -m stress {failed.repeat}", file=sys.stderr)
            return 1
        rounds, strikes, compared = rounds + 1, strikes + tried.strikes, compared + tried.compared
        part = "" if tried.complete else ", as far as time allowed"
        seconds = time.monotonic() - begun
        print(
            f"round {rounds} (seed {one}{part}): {strikes} strikes, {compared} trees compared with OTP, "
            f"all held, {seconds:.0f} s",
            flush=True,
        )
        one = random.randrange(2**32)
    faulthandler.cancel_dump_traceback_later()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, at most (5)")
    parser.add_argument("--seeds", type=int, help="how many rounds, each with a seed of its own (no limit)")
    parser.add_argument("--seed", type=int, help="the seed of the first round (random)")
    parser.add_argument(
        "--only", default="*", metavar="PART", help="one part of one round, as a failure names it"
    )
    parser.add_argument("--point", help="the one point at which that part is struck, as a failure names it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
