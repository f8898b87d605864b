"""The long runs: every sweep with many seeds, and random trees with random failures against OTP's model.

``python -m stress --minutes 10 --seed 7`` (or ``nox -s stress -- --minutes 10``), in a checkout. It prints
the seed that it goes by, and stops at the first thing that does not hold with the line that repeats it:
exit code 1. It ends by itself when its minutes are over.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from random import Random, SystemRandom

import hypothesis

from tests.otp.strategies import scenarios
from tests.otp.test_smith_equals_model import FAREWELLS, NOT_ON_TRIO_SMITH, compare
from tests.sweep.all_scenarios import SCENARIOS

TREES_AT_ONCE = 200


def main() -> int:
    """Run until the minutes are over; return the exit code."""
    options = _options()
    logging.getLogger("trio_smith").setLevel(logging.CRITICAL)  # children that are stuck on purpose
    seed = options.seed if options.seed is not None else SystemRandom().randrange(2**32)
    random = Random(seed)
    print(f"seed {seed}: {options.minutes:g} minutes of sweeps and random trees", flush=True)
    end = time.monotonic() + 60 * options.minutes
    rounds = points = trees = 0
    while time.monotonic() < end and (options.seeds is None or rounds < options.seeds):
        one = seed if not rounds else random.randrange(2**32)
        try:
            _random_trees(one)
            trees += TREES_AT_ONCE
            for scenario in SCENARIOS:
                if time.monotonic() >= end:
                    break
                points += scenario.sweep(seed=one).points
        except AssertionError as failure:
            print(f"{failure}\nrepeat it with: python -m stress --seeds 1 --seed {one}", file=sys.stderr)
            return 1
        rounds += 1
        print(f"round {rounds} (seed {one}): {points} strikes, {trees} random trees, all held", flush=True)
    return 0


def _random_trees(seed: int) -> None:
    """Compare random trees under random scripts with what OTP would do."""

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=TREES_AT_ONCE, deadline=None, database=None)
    @hypothesis.given(scenarios(without=NOT_ON_TRIO_SMITH), FAREWELLS)
    def hold(scenario: object, farewell: object) -> None:
        compare(scenario, farewell)  # type: ignore[arg-type]  # what the strategies draw

    hold()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, at most (5)")
    parser.add_argument("--seeds", type=int, help="how many rounds, each with a seed of its own (no limit)")
    parser.add_argument("--seed", type=int, help="the seed of the first round (random)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
