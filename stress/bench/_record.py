"""The verdicts as JSON, with every sample, and with the versions they hold for."""

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from ._verdict import Spread, Verdict

_LIBRARIES = ("trio", "trio-smith", "attrs", "uvloop", "pykka", "thespian", "xoscar")


def record(verdicts: Iterable[Verdict], *, reps: int, quick: bool, date: str = "") -> str:
    """Return the run as JSON text: ``date``, ``versions``, ``reps``, ``quick``, and ``rows`` in order.

    *date* is the day of the run, as ``2026-11-22``.
    """
    return json.dumps(
        {
            "date": date,
            "versions": _versions(),
            "reps": reps,
            "quick": quick,
            "rows": [_row(verdict) for verdict in verdicts],
        },
        indent=1,
    )


def _versions() -> Mapping[str, str | int | None]:
    versions: dict[str, str | int | None] = {
        "python": platform.python_version(),
        "processor": _processor(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }
    for library in _LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            versions[library] = None
    return versions


def _processor() -> str:
    """Return what the processor is called, or else its family; `platform` alone does not know it on Linux."""
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        told = ""
    name = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return name[1] if name is not None else platform.processor() or platform.machine()


def _row(verdict: Verdict) -> Mapping[str, object]:
    row = verdict.row
    return {
        "name": row.name,
        "title": row.title,
        "unit": verdict.unit,
        "better": row.better.value,
        "compare": row.compare.value,
        "ours": _spread(verdict.ours),
        "reference": _spread(verdict.reference),
        "ratio": _spread(verdict.ratio),
        "reach": row.reach,
        "limit": row.limit,
        "met": verdict.met,
        "why_missing": verdict.why_missing,
    }


def _spread(spread: Spread | None) -> Mapping[str, object] | None:
    if spread is None:
        return None
    return {"median": spread.median, "min": spread.low, "max": spread.high, "samples": spread.samples}
