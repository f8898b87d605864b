"""The ledger: what must survive a crash of the aggregator, and so is not kept by it."""

from __future__ import annotations

from collections.abc import Iterable

from ._count import FileCount
from ._totals import Totals


class Ledger:
    """The counts that were entered, each path once.

    It belongs to the census and is lent to the aggregator, as an Erlang table is to a process: a new
    incarnation goes on where the last one was. So that this is safe, it does next to nothing.
    """

    def __init__(self) -> None:
        self.entries: list[FileCount] = []
        self.paths: set[str] = set()
        self.totals = Totals()
        self.repeats = 0
        """Results that came again, because a handler crashed after its work was done."""
        self.resumed: frozenset[str] = frozenset()
        """The paths that an earlier run had counted."""

    def resume(self, counts: Iterable[FileCount]) -> None:
        """Enter what an earlier run had counted."""
        for count in counts:
            self.enter(count)
        self.resumed = frozenset(self.paths)

    def enter(self, count: FileCount) -> None:
        """Enter *count* unless its path is known: to enter it twice is to enter it once."""
        if count.path in self.paths:
            self.repeats += 1
            return
        totals = self.totals.plus(count)
        self.paths.add(count.path)
        self.entries.append(count)
        self.totals = totals
