"""Turn readings into a verdict: medians, spreads, the ratio, and whether it is reached. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median

import attrs

from ._reading import Readings
from ._row import Better, Compare, Figure, Program, Row


@attrs.frozen(kw_only=True)
class Spread:
    """The median of some samples, and the least and the greatest of them."""

    median: float
    low: float
    high: float
    samples: tuple[float, ...]

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread | None":
        """Return the spread of *samples*; none when there are none."""
        if not samples:
            return None
        return cls(median=median(samples), low=min(samples), high=max(samples), samples=tuple(samples))


@attrs.frozen(kw_only=True)
class Verdict:
    """What a run says about one row. Where a figure is missing, ``why_missing`` says why and ``met`` is none.

    ``ratio`` is taken repetition by repetition, between processes that ran one after the other, and then
    the median of these: noise that lasts longer than one process cancels out. (For ``Compare.EXCESS`` it is
    the difference.)
    """

    row: Row
    unit: str
    ours: Spread | None
    reference: Spread | None
    ratio: Spread | None
    met: bool | None
    why_missing: str | None


def judge(row: Row, results: Mapping[Program, Readings]) -> Verdict:
    """Return the verdict on *row* from what its programs printed; programs that never ran have no results."""
    ours, unit, ours_missing = _values(row.ours, results)
    reference, reference_unit, reference_missing = _values(row.reference, results)
    ratio = Spread.of([_compared(row.compare, a, b) for a, b in zip(ours, reference, strict=False)])
    mine = Spread.of(ours)
    return Verdict(
        row=row,
        unit=unit or reference_unit,
        ours=mine,
        reference=Spread.of(reference),
        ratio=ratio,
        met=None if ratio is None or mine is None else _met(row, ours=mine.median, ratio=ratio.median),
        why_missing=ours_missing or reference_missing,
    )


def _values(figure: Figure, results: Mapping[Program, Readings]) -> tuple[list[float], str, str | None]:
    readings = results.get(figure.program)
    if readings is None:
        return [], "", f"{figure.program.module} was not run"
    found = [taken[figure.name] for taken in readings.taken if figure.name in taken]
    missing = readings.failure and f"{figure.program.module}: {readings.failure}"
    if not found and missing is None:
        missing = f"{figure.program.module} prints no figure {figure.name!r}"
    return [reading.value for reading in found], found[0].unit if found else "", missing


def _compared(compare: Compare, ours: float, reference: float) -> float:
    return ours - reference if compare is Compare.EXCESS else ours / reference


def _met(row: Row, *, ours: float, ratio: float) -> bool | None:
    if row.reach is None:
        return None
    if row.better is Better.HIGHER:
        return ratio >= row.reach and (row.limit is None or ours >= row.limit)
    return ratio <= row.reach and (row.limit is None or ours <= row.limit)
