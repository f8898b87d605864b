"""One round: all that can be tried with one seed, until the time is over."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import attrs
import hypothesis

from tests.otp.strategies import NOT_ON_TRIO_SMITH, scenarios
from tests.otp.test_smith_equals_model import FAREWELLS, compare
from tests.store.killing import kill_and_look
from tests.sweep.all_scenarios import SCENARIOS
from tests.sweep.random_tree import RandomTree
from tests.sweep.scenario import Scenario

COMPARED_AT_ONCE = 200
STRUCK_TREES = 40
POINTS_OF_A_TREE = 150
KILLS = 200


class Failed(Exception):
    """Something did not hold; ``repeat`` are the arguments that try it again."""

    def __init__(self, *, repeat: str) -> None:
        self.repeat = repeat
        super().__init__(repeat)


@attrs.frozen(kw_only=True)
class Round:
    """What a round has tried."""

    strikes: int
    compared: int
    """Random trees whose events were compared with what OTP would do."""
    complete: bool
    """Whether there was time for all of it."""


def run_round(seed: int, *, end: float, only: str = "*", point: str | None = None) -> Round:
    """Try everything by *seed* until `time.monotonic` says *end*; a part of it that has begun is finished.

    *only* names one part, as a failure does, and *point* the one point at which it is struck.

    Raises:
        Failed: from the failure itself.
    """
    strikes = compared = 0
    for name, part in _parts(seed, point):
        if only not in ("*", name):
            continue
        if time.monotonic() >= end:
            return Round(strikes=strikes, compared=compared, complete=False)
        try:
            made = part()
        except AssertionError as failure:
            struck = getattr(failure, "point", "")
            repeat = f"--seed {seed} --only {name}" + (f" --point '{struck}'" if struck else "")
            raise Failed(repeat=repeat) from failure
        strikes += 0 if name == _COMPARISON else made
        compared += made if name == _COMPARISON else 0
    return Round(strikes=strikes, compared=compared, complete=True)


_COMPARISON = "like-otp"


def _parts(seed: int, point: str | None) -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield the parts of a round by name; each returns how much it has tried."""
    yield _COMPARISON, lambda: _compare(seed)
    random = Random(seed)
    for number in range(STRUCK_TREES):
        tree = RandomTree(random.randrange(2**32)).scenario()
        yield f"tree-{number}", _sweep(tree, seed, point, POINTS_OF_A_TREE)
    for scenario in SCENARIOS:
        yield scenario.name, _sweep(scenario, seed, point, None)
    # Last, because it takes minutes.
    yield "store-kills", lambda: _kill_commits(seed)


def _sweep(scenario: Scenario, seed: int, point: str | None, most: int | None) -> Callable[[], int]:
    return lambda: scenario.sweep(seed=seed, max_points=most, only=point).points


def _kill_commits(seed: int) -> int:
    """Kill a process that commits to a store, again and again, and see that nothing is lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        kill_and_look(Path(folder) / "a.db", kills=KILLS, seed=seed)
    return KILLS


def _compare(seed: int) -> int:
    """Compare random trees under random scripts with what OTP would do."""

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=COMPARED_AT_ONCE, deadline=None, database=None)
    @hypothesis.given(scenarios(without=NOT_ON_TRIO_SMITH), FAREWELLS)
    def hold(scenario: object, farewell: object) -> None:
        compare(scenario, farewell)  # type: ignore[arg-type]  # what the strategies draw

    hold()
    return COMPARED_AT_ONCE
