"""A recorded run as a page of the documentation, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ._table import quantity

_HEAD: Final = """\
# Benchmarks

<!-- made by `python -m stress.bench`, not by hand: see the end -->

Each row compares two small programs that ran by turns, in fresh processes, on one machine: ours, and what a
careful user writes without us, or another library. **The ratio is the claim.** Absolute figures move by twice
and more with the machine and with who else works on it. No figure is a promise.
"""

_QUICK: Final = (
    "- **A quick run**: small numbers, on a machine that had other work too. It shows what is measured, and "
    "claims nothing."
)

_FOOT: Final = """\
## How it is made

`nox -s bench -- --peers` runs it, prints the table, and writes every sample as JSON. This page is made from
such a file:

```console
nox -s bench -- --peers --json docs/benchmarks.json --page docs/benchmarks.md
```

The programs are in `stress/bench`: `ours`, the `references` in plain Trio, and the `peers`. A row says which
it compares. The ratio is the median over the repetitions of the ratio of two processes that ran one after the
other; behind it stand the least and the greatest of them. *To reach* is what was aimed at before it was
measured; a row without it is only shown.
"""

_GROUPS: Final = (
    ("Beside other libraries", ("pykka", "thespian", "xoscar", "asyncio", "uvloop")),
    ("How cost grows", ("grow",)),
    ("Stores", ("store", "postgres")),
    ("Memory and rest", ("memory", "idle")),
    ("Supervision", ("start", "restart", "one-for", "stop")),
    ("Messages", ("tell", "ask")),
)
"""Each part of the page with what is in the names of its rows; the first that fits counts."""

_ORDER: Final = (
    "Messages",
    "Supervision",
    "Memory and rest",
    "Stores",
    "How cost grows",
    "Beside other libraries",
    "Others",
)


def page(run: Mapping[str, Any]) -> str:
    """Return the page of *run*, which was read from the JSON of `record`."""
    parts = [_HEAD, _machine(run)]
    grouped: dict[str, list[Mapping[str, Any]]] = {name: [] for name in _ORDER}
    for row in run["rows"]:
        grouped[_group(row["name"])].append(row)
    parts += [f"## {name}\n\n{_table(rows)}" for name, rows in grouped.items() if rows]
    return "\n".join([*parts, _FOOT])


def _machine(run: Mapping[str, Any]) -> str:
    versions = run["versions"]
    libraries = [
        f"{name} {version}"
        for name, version in versions.items()
        if version is not None and name not in ("python", "processor", "platform", "cores")
    ]
    processor = versions.get("processor", "unknown processor")
    lines = [
        f"- Machine: {processor}, {versions['cores']} cores, {versions['platform']}",
        f"- Python {versions['python']}, {', '.join(libraries)}",
        f"- {run.get('date') or 'Date unknown'}, {run['reps']} repetitions of each program",
    ]
    if run["quick"]:
        lines.append(_QUICK)
    return "\n".join(lines) + "\n"


def _group(name: str) -> str:
    return next((group for group, words in _GROUPS if any(word in name for word in words)), "Others")


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| what / beside what | ours | beside | ratio | to reach |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (
            row["title"].replace("|", "\\|"),
            figure(row["ours"], row["unit"]),
            figure(row["reference"], row["unit"]),
            ratio(row),
            reach(row),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def figure(spread: Mapping[str, float] | None, unit: str) -> str:
    """Return one side of a row."""
    return "not there" if spread is None else f"{quantity(spread['median'])} {unit}"


def ratio(row: Mapping[str, Any]) -> str:
    """Return how both sides of *row* compare."""
    spread, sign = row["ratio"], "x" if row["compare"] == "ratio" else " more"
    if spread is None:
        return row["why_missing"] or "not there"
    low, high = quantity(spread["min"]), quantity(spread["max"])
    return f"**{quantity(spread['median'])}{sign}** ({low} to {high})"


def reach(row: Mapping[str, Any]) -> str:
    """Return what was aimed at, and whether it was met."""
    if row["reach"] is None:
        return "-"
    sign = "at least" if row["better"] == "higher" else "at most"
    said = f"{sign} {row['reach']:g}" + ("x" if row["compare"] == "ratio" else " more")
    if row["limit"] is not None:
        said += f", {sign} {quantity(row['limit'])} {row['unit']}"
    return said + {True: ": met", False: ": missed", None: ""}[row["met"]]
