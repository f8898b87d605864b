"""The command line of the bench."""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path

from ._page import page
from ._record import record
from ._row import Row
from ._rows import PEER_ROWS, ROWS
from ._run import run_all
from ._table import reach, table
from ._verdict import judge

_REPS = 5
_QUICK_REPS = 3


def main(arguments: Sequence[str]) -> int:
    """Run the bench as *arguments* say, print the table, and write the JSON.

    Returns 0, also when a ratio is missed or a figure is missing; arguments that make no sense end the
    process with exit code 2, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.reps is not None and options.reps < 1:
        parser.error(f"--reps: {options.reps} repetitions measure nothing, give 1 or more")
    rows = _selected(options.rows, peers=options.peers, parser=parser)
    if options.list:
        _print("\n".join(f"{row.name:24} {reach(row):16} {row.title}" for row in rows))
        return 0
    if options.read:
        if options.page is None:
            parser.error("--read: say with --page where the page goes")
        _write_page(options.json, options.page)
        return 0
    reps = options.reps or (_QUICK_REPS if options.quick else _REPS)
    begun = time.monotonic()
    rows = _available(rows)
    programs = dict.fromkeys(program for row in rows for program in row.programs)
    results = run_all(programs, reps=reps, quick=options.quick, say=_say)
    verdicts = [judge(row, results) for row in rows]
    _print(table(verdicts))
    today = datetime.now(UTC).date().isoformat()
    text = record(verdicts, reps=reps, quick=options.quick, date=today)
    options.json.write_text(text + "\n", encoding="utf-8")
    if options.page is not None:
        _write_page(options.json, options.page)
    _say(f"{len(rows)} rows in {time.monotonic() - begun:.0f} s, samples in {options.json}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stress.bench", description=__doc__)
    add = parser.add_argument
    add("--rows", nargs="+", metavar="NAME", help="only these rows; with * and ? as in file names")
    add("--reps", type=int, help=f"repetitions of each program ({_REPS}; with --quick {_QUICK_REPS})")
    add("--quick", action="store_true", help="smaller numbers and fewer repetitions: a look, not a claim")
    add(
        "--peers",
        action="store_true",
        help="also compare with pykka, thespian, xoscar, asyncio and uvloop; PostgreSQL",
    )
    add("--list", action="store_true", help="print the rows and what they are to reach, and run nothing")
    add(
        "--json",
        type=Path,
        default=Path("bench.json"),
        metavar="PATH",
        help="where the samples go (%(default)s)",
    )
    add("--page", type=Path, metavar="PATH", help="also write the run as a page of the documentation")
    add("--read", action="store_true", help="run nothing: make the page of the samples in the file of --json")
    return parser


def _write_page(samples: Path, to: Path) -> None:
    to.write_text(page(json.loads(samples.read_text("utf-8"))), encoding="utf-8")


def _selected(names: Sequence[str] | None, *, peers: bool, parser: argparse.ArgumentParser) -> list[Row]:
    """Return the rows to run: a peer's row may also be asked for by its name."""
    if names is None:
        return [*ROWS, *(PEER_ROWS if peers else ())]
    known = [*ROWS, *PEER_ROWS]
    for name in names:
        if not any(fnmatchcase(row.name, name) for row in known):
            parser.error(f"--rows: no row is called {name!r}; --list --peers prints all names")
    return [row for row in known if any(fnmatchcase(row.name, name) for name in names)]


def _available(rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose libraries are installed, and say of the others what is missing."""
    available: list[Row] = []
    missing: dict[str, list[str]] = {}
    for row in rows:
        absent = [library for library in row.needs if find_spec(library) is None]
        for library in absent:
            missing.setdefault(library, []).append(row.name)
        if not absent:
            available.append(row)
    for library, names in missing.items():
        _say(f"{library} is not installed, so there is no {', '.join(names)}; install {library} to have them")
    return available


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _say(line: str) -> None:
    sys.stderr.write(f"# {line}\n")
    sys.stderr.flush()
