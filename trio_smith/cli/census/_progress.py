"""One line of progress: pure."""

from __future__ import annotations

from ._plural import plural
from ._totals import Totals


def progress_line(what: str, totals: Totals, *, restarts: int | None, seconds: float) -> str:
    """Return how far a count has come after *seconds*; without *restarts* where there are none."""
    rate = totals.files / seconds if seconds > 0 else 0.0
    parts = [plural(totals.files, "file"), plural(totals.lines, "line"), f"{rate:,.0f} files/s"]
    if restarts is not None:
        parts.append(plural(restarts, "restart"))
    return f"{what}: {', '.join(parts)}"
