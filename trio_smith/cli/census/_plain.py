"""The plain count: one loop, without actors, to compare with."""

from __future__ import annotations

from collections.abc import Callable

from ._count import FileCount
from ._source import Place
from ._totals import Totals


def plain_count(place: Place, watch: Callable[[Totals], None]) -> list[FileCount]:
    """Count every file of *place*, one after the other; *watch* is told the sums after each."""
    counts: list[FileCount] = []
    sums = Totals()
    for source in place.sources():
        count = place.count(source)
        counts.append(count)
        sums = sums.plus(count)
        watch(sums)
    return counts
