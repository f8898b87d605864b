"""The report as text: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from ._count import FileCount, Trouble
from ._plural import plural
from ._printable import printable, printable_path
from ._proof import Claim
from ._totals import Totals

NAMED: Final = 50
"""How many files with a trouble are named, of each kind."""


@attrs.frozen(kw_only=True)
class Timed:
    """The sums of one count, how many seconds it took, and how many of the processor's.

    The latter compare better where other programs are running too.
    """

    totals: Totals
    seconds: float
    cpu_seconds: float


def table(supervised: Timed, plain: Timed) -> str:
    """Return both counts side by side, and where the longest function stands."""
    cells = [("", "supervised", "plain")]
    cells += [
        (name, one, other)
        for (name, one), (_, other) in zip(_column(supervised), _column(plain), strict=True)
    ]
    first, second, third = (max(map(len, column)) for column in zip(*cells, strict=True))
    lines = [f"{name:{first}}  {one:>{second}}  {other:>{third}}".rstrip() for name, one, other in cells]
    longest = supervised.totals.longest
    if longest is not None:
        what = f"{printable(longest.name)}, {plural(longest.lines, 'line')}"
        lines += ["", f"longest function: {what}, {printable_path(longest.path)}:{longest.line}"]
    return "\n".join(lines)


def _column(timed: Timed) -> list[tuple[str, str]]:
    totals = timed.totals
    return [
        ("files", f"{totals.files:,}"),
        ("lines", f"{totals.lines:,}"),
        ("functions", f"{totals.functions:,}"),
        ("async functions", f"{totals.async_functions:,}"),
        ("classes", f"{totals.classes:,}"),
        ("longest function", f"{totals.longest.lines if totals.longest else 0:,}"),
        ("syntax errors", f"{totals.syntax_errors:,}"),
        ("unreadable", f"{totals.unreadable:,}"),
        ("seconds", f"{timed.seconds:,.2f}"),
        ("CPU seconds", f"{timed.cpu_seconds:,.2f}"),
        ("files a second", f"{totals.files / timed.seconds if timed.seconds > 0 else 0:,.0f}"),
    ]


def troubles(counts: Sequence[FileCount]) -> str:
    """Return the names of the files that could not be read or parsed, sorted, with reasons; "" if none."""
    lines: list[str] = []
    for trouble, title in (
        (Trouble.UNREADABLE, "unreadable"),
        (Trouble.NOT_PYTHON, "syntax errors"),
    ):
        concerned = sorted(
            (count for count in counts if count.trouble is trouble), key=lambda count: count.path
        )
        if not concerned:
            continue
        lines.append(f"{title}:")
        lines += [f"  {printable_path(count.path)}: {printable(count.why)}" for count in concerned[:NAMED]]
        if len(concerned) > NAMED:
            lines.append(f"  and {len(concerned) - NAMED:,} more")
    return "\n".join(lines)


def taken_over(files: int) -> str:
    """Return what an earlier run had done already."""
    were = "was" if files == 1 else "were"
    return f"{plural(files, 'file')} {were} counted by an earlier run, and read by the plain count alone"


def supervision(restarts: Mapping[str, int], *, crashes: int, repeats: int) -> str:
    """Return what the supervisors had to do, with the *restarts* by child."""
    by_child = ", ".join(f"{name} {number:,}" for name, number in sorted(restarts.items()))
    head = f"supervision: {plural(crashes, 'crash', 'crashes')}, {plural(sum(restarts.values()), 'restart')}"
    lines = [f"{head} ({by_child})" if by_child else head]
    if repeats:
        lines.append(f"{plural(repeats, 'result')} came again after a crash, and made no difference")
    return "\n".join(lines)


def verdict(claims: Iterable[Claim]) -> str:
    """Return each claim with whether it holds, and the verdict."""
    lines: list[str] = []
    proven = True
    for claim in claims:
        proven = proven and claim.holds
        lines.append(f"  {'yes' if claim.holds else 'NO '}  {claim.text}")
        lines += [f"         {printable_path(example)}" for example in claim.against]
    if proven:
        return "\n".join(["proof:", *lines, "PROVEN: the supervised census equals the plain count"])
    return "\n".join(
        [
            "proof:",
            *lines,
            "NOT PROVEN: the counts differ, or something other than the saboteur disturbed the tree.",
            "If files were changed meanwhile, run it again; if not, this is a bug of trio_smith.",
        ]
    )
