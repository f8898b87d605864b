"""The verdicts as a table for people."""

from collections.abc import Iterable, Sequence

from ._row import Better, Compare, Row
from ._verdict import Spread, Verdict

_HEAD = ("row", "ours", "reference", "ratio", "min - max", "reach", "")


def table(verdicts: Iterable[Verdict]) -> str:
    """Return one line for each verdict, in columns; a missing figure is ``n/a``, with its reason below."""
    verdicts = list(verdicts)
    lines = _columns([_HEAD, *(_cells(verdict) for verdict in verdicts)])
    missing: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.why_missing is not None:
            missing.setdefault(verdict.why_missing, []).append(verdict.row.name)
    return "\n".join([*lines, *(f"n/a {', '.join(names)}: {why}" for why, names in missing.items())])


def reach(row: Row) -> str:
    """Return the ratio to reach in words, as ``>= 10x``, with the limit of our own figure if there is one."""
    if row.reach is None:
        return "-"
    sign = ">=" if row.better is Better.HIGHER else "<="
    text = f"{sign} {row.reach:g}" + ("x" if row.compare is Compare.RATIO else " more")
    return text if row.limit is None else f"{text}, {sign} {quantity(row.limit)}"


def quantity(value: float) -> str:
    """Return *value* with three significant digits or so, in thousands and millions where it is that big."""
    for least, unit, suffix in ((1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= least:
            return f"{value / unit:.3g}{suffix}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _cells(verdict: Verdict) -> tuple[str, ...]:
    row = verdict.row
    sign = "x" if row.compare is Compare.RATIO else ""
    ratio = verdict.ratio
    return (
        row.name,
        _figure(verdict.ours, verdict.unit),
        _figure(verdict.reference, verdict.unit),
        "n/a" if ratio is None else f"{ratio.median:.3g}{sign}",
        "" if ratio is None else f"{ratio.low:.3g} - {ratio.high:.3g}",
        reach(row),
        {True: "met", False: "missed", None: ""}[verdict.met],
    )


def _figure(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return "n/a"
    return f"{quantity(spread.median)} {unit} ({quantity(spread.low)}-{quantity(spread.high)})"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
