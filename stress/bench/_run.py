"""Run measuring programs in fresh processes, interleaved, and collect the figures they print."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import attrs

from ._reading import Reading, Readings
from ._row import Program

_ROOT: Final = Path(__file__).resolve().parents[2]
_TOO_LONG: Final = 180.0
"""Seconds after which a program is ended and counts as failed."""


def run_all(
    programs: Iterable[Program], *, reps: int, quick: bool, say: Callable[[str], None]
) -> dict[Program, Readings]:
    """Run each program *reps* times, one at a time, and return what each printed.

    The order is A B C A B C, so that a slow minute of the machine falls on a program and its reference alike.
    Equal programs run once for all rows that need them. A failing program costs its own rows, nothing else;
    *say* is told of it, and of the progress, in single lines.
    """
    results = {program: Readings() for program in programs}
    for repetition in range(1, reps + 1):
        say(f"repetition {repetition} of {reps}: {len(results)} programs")
        for program, before in results.items():
            if before.failure is not None:
                continue
            try:
                figures = _run_once(program, quick=quick)
            except _ProgramFailed as failed:
                say(f"{program.module}: {failed}")
                results[program] = attrs.evolve(before, failure=str(failed))
            else:
                results[program] = attrs.evolve(before, taken=(*before.taken, figures))
    return results


class _ProgramFailed(Exception):
    """A measuring program ended badly, or printed something else than figures."""


def _run_once(program: Program, *, quick: bool) -> dict[str, Reading]:
    command = [
        sys.executable,
        "-m",
        f"stress.bench.{program.module}",
        *(program.quick if quick else program.full),
    ]
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TOO_LONG,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _ProgramFailed(f"not done after {_TOO_LONG:g} s") from None
    if done.returncode != 0:
        raise _ProgramFailed(_last_words(done.stderr) or f"exit code {done.returncode}")
    return _figures(done.stdout)


def _figures(printed: str) -> dict[str, Reading]:
    """Read the lines of JSON among *printed*; the other lines are a library's own chatter."""
    figures: dict[str, Reading] = {}
    for line in printed.splitlines():
        if line.startswith("{"):
            try:
                record = json.loads(line)
                figures[record["figure"]] = Reading(value=float(record["value"]), unit=record["unit"])
            except (ValueError, KeyError, TypeError) as bad:
                raise _ProgramFailed(f"printed a line that is no figure: {line[:80]!r} ({bad!r})") from None
    if not figures:
        raise _ProgramFailed("printed no figure")
    return figures


def _last_words(errors: str) -> str:
    """Return the last telling line of a traceback, shortened."""
    # An exception group ends in lines of box drawing, which tell nothing.
    lines = [stripped for line in errors.splitlines() if (stripped := line.strip(" |+-"))]
    return lines[-1][:160] if lines else ""
