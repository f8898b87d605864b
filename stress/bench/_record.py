"""The verdicts as JSON, with every sample, and with the versions they hold for."""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata

from ._verdict import Spread, Verdict

_LIBRARIES = ("trio", "trio-smith", "attrs", "uvloop", "pykka", "thespian", "xoscar")


def record(verdicts: Iterable[Verdict], *, reps: int, quick: bool) -> str:
    """Return the run as JSON text: ``versions``, ``reps``, ``quick``, and ``rows`` in the table's order."""
    return json.dumps(
        {
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
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }
    for library in _LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            versions[library] = None
    return versions


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
