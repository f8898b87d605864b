"""Strike at every step of a scenario in turn: exhaustive testing of cancellation."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import attrs

from ..errors import FailureError
from ._performance import perform
from ._point import Mode, Point, choose, point_of, points_of
from ._stage import Stage
from ._striker import Striker

ALL_MODES = tuple(Mode)


@attrs.frozen(kw_only=True)
class SweepReport:
    """What a sweep did; all of it held."""

    scenario: str
    seed: int
    steps: int
    """The steps that the scenario takes when nothing strikes."""
    points: int
    """How often it was struck."""
    by_mode: Mapping[Mode, int]


class SweepFailed(FailureError, AssertionError):
    """Something did not hold when a scenario was struck at ``point``, which is empty if it was not struck.

    The first exception behind it, if there was one, is ``__cause__``.
    """

    fix = "Mend what it found; the line above runs that one point again."

    def __init__(self, *, scenario: str, seed: int, stage: Stage) -> None:
        self.scenario, self.seed = scenario, seed
        self.point = "" if stage.point is None else str(stage.point)
        self.problems = tuple(text for text, _ in stage.problems)
        self.hits = tuple(stage.hits)
        self.reproduce = f"sweep({scenario}, seed={seed}, only={self.point!r})"
        where = "".join(
            f"\n  struck ({hit.strike.blow.value}) before step {hit.step}, of {hit.task} at "
            f"{' < '.join(reversed(hit.await_point[-4:])) or 'its start'}"
            for hit in self.hits
        )
        found = "".join(f"\n  - {text}" for text in self.problems)
        super().__init__(
            what=f"{scenario} broke at {self.point or 'no point at all'} with seed {seed}",
            why=f"{found}{where}\n  {self.reproduce}\n",
        )
        self.__cause__ = next((error for _, error in stage.problems if error is not None), None)


def sweep(
    scenario: Callable[[Stage], Awaitable[object]],
    /,
    *,
    check: Callable[[Stage], object] | None = None,
    modes: Sequence[Mode] = ALL_MODES,
    seed: int = 0,
    max_points: int | None = None,
    within: float = math.inf,
    allowed: tuple[type[BaseException], ...] = (),
    gaps: Sequence[int] = (1, 2, 5, 11),
    lines: Sequence[int] = (1, 3),
    patience: float = 3600.0,
    only: str | None = None,
) -> SweepReport:
    """Run *scenario* again and again, and strike each time before another step of its tasks.

    Each run is a `trio.run` of its own with a virtual clock that jumps and a scheduler that *seed* decides,
    so the k-th step is the same each time. First nothing strikes, twice, to count the steps; then the *modes*
    take their turns (see `Mode`). Of more than *max_points* points so many are chosen by *seed*.

    Must hold at each point, or `SweepFailed` is raised:

    * the scenario ends, in less than *patience* seconds of virtual time, and in at most *within* seconds
      after it was struck; no task of it is left over;
    * the cancellation comes out at the scope that was cancelled, and Ctrl-C out of the run;
    * nothing else comes out but *allowed* exceptions;
    * what the scenario says with `Stage.always`, `Stage.watch` and `Stage.at_end`, and *check*, which is
      called with the stage when the run is over.

    A second strike comes one of *gaps* steps after the first. Ctrl-C is a real signal in the main thread, at
    one of *lines* of the step; Trio's own rule decides where it comes out. Do not be surprised that it lands
    between any two lines of unprotected code: a signal does. ``only="tree@17"`` runs that one point.

    Raises:
        SweepFailed: Something did not hold; with one line that runs that point again.
        TrioChanged: The running Trio cannot be made deterministic.
    """
    name = getattr(scenario, "__qualname__", None) or repr(scenario)

    def run(point: Point | None) -> Striker:
        striker = perform(scenario, seed=seed, point=point, patience=patience, within=within, allowed=allowed)
        stage = striker.stage
        if check is not None:
            stage.hold(partial(check, stage), "at the end")
        if point is not None and stage.hits and striker.steps[: point.step] != steps[: point.step]:
            stage.problem(_not_the_same(steps[: point.step], striker.steps))
        if stage.problems:
            raise SweepFailed(scenario=name, seed=seed, stage=stage)
        return striker

    steps: list[str] = []
    rehearsal = run(None)
    steps = rehearsal.steps
    again = run(None)
    if again.steps != steps:
        again.stage.problem(_not_the_same(steps, again.steps))
        raise SweepFailed(scenario=name, seed=seed, stage=again.stage)
    if only is not None:
        points = [point_of(only)] if only else []
    else:
        points = list(points_of(modes, steps=len(steps), victims=rehearsal.open, gaps=gaps, lines=lines))
    counts: Counter[Mode] = Counter()
    for point in choose(points, max_points, seed=seed):
        hits = len(run(point).stage.hits)
        # A second strike that came too late leaves a point of another mode, which is tried by itself.
        counts[point.mode] += hits == (2 if point.second is not None else 1)
    return SweepReport(
        scenario=name,
        seed=seed,
        steps=len(steps),
        points=counts.total(),
        by_mode=MappingProxyType(dict(counts)),
    )


def _not_the_same(expected: Sequence[str], found: Sequence[str]) -> str:
    for number, (one, other) in enumerate(zip(expected, found, strict=False), 1):
        if one != other:
            return f"it is not the same each time: step {number} was of {one}, and now of {other}"
    return f"it is not the same each time: it had {len(expected)} steps, and now {len(found)}"
