"""The trial: the supervised census, the plain count, and what comes of comparing them."""

from __future__ import annotations

import time

import attrs
import trio

from trio_smith.store import open_store

from ._count import FileCount
from ._ledger import Ledger
from ._notebook import NoNotebook, Notebook, StoredNotebook
from ._plain import plain_count
from ._plural import plural
from ._printable import printable
from ._progress import progress_line
from ._proof import Evidence, prove
from ._report import Timed, supervision, table, taken_over, troubles, verdict
from ._screen import Screen
from ._tally import Tally
from ._totals import Totals
from ._tree import Assignment, take_census


@attrs.frozen(kw_only=True)
class Outcome:
    """How a trial went."""

    proven: bool
    report: str


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._began, self._cpu_began = time.perf_counter(), time.process_time()

    def seconds(self) -> float:
        """Return the seconds that have passed."""
        return time.perf_counter() - self._began

    def timed(self, totals: Totals) -> Timed:
        """Return *totals* with the time that they took."""
        return Timed(totals=totals, seconds=self.seconds(), cpu_seconds=time.process_time() - self._cpu_began)


class Trial:
    """One run of both counts. It remembers how far it came, for whoever interrupts it."""

    def __init__(self, assignment: Assignment, screen: Screen) -> None:
        self._assignment, self._screen = assignment, screen
        self._ledger, self._tally = Ledger(), Tally()
        self._supervised: Timed | None = None
        self._plain = Totals()

    def run(self) -> Outcome:
        """Count both ways, one after the other in this process, and compare.

        The plain count comes second: what the first one has warmed up is to its advantage, not to ours.

        Raises:
            KeyboardInterrupt: The tree has stopped in order; see `so_far`.
            smith.FailureError: The tree gave up.
        """
        self._screen.remark(_heading(self._assignment))
        self._supervised = self._count_supervised()
        watch = Stopwatch()
        counts = self._count_plainly(watch)
        plain = watch.timed(self._plain)
        self._screen.remark("")  # the results stand apart, where both are read on one terminal
        return self._compare(counts, self._supervised, plain)

    def so_far(self) -> str:
        """Return in a few lines what has been done, and how the tree ended, for a run that has no outcome."""
        tally, totals = self._tally, self._ledger.totals
        done = f"{plural(totals.files, 'file')} and {plural(totals.lines, 'line')} counted"
        if self._supervised is not None:
            done += f", and {self._plain.files:,} of them plainly"
        crashes = plural(tally.crashes, "crash", "crashes")
        lines = [f"{done}; {crashes}, {plural(tally.restarts, 'restart')}", *tally.strange]
        if tally.interrupted:
            lines.append(f"Ctrl-C hit: {', '.join(tally.interrupted)}")
        if tally.ended:
            ends = (name if how == "stopped" else f"{name} ({how})" for name, how in tally.ended.items())
            lines.append(f"stopped in this order: {', '.join(ends)}")
        return "\n".join([*lines, "nothing is proven"])

    def _count_supervised(self) -> Timed:
        watch = Stopwatch()

        async def census(notebook: Notebook) -> None:
            await take_census(
                self._assignment,
                ledger=self._ledger,
                notebook=notebook,
                tally=self._tally,
                screen=self._screen,
            )

        async def resumed(target: str) -> None:
            async with open_store(target) as store:
                notebook = StoredNotebook(store, self._assignment.place)
                self._ledger.resume(await notebook.read())
                if self._ledger.resumed:
                    self._screen.remark(taken_over(len(self._ledger.resumed)))
                await census(notebook)

        if self._assignment.store is None:
            trio.run(census, NoNotebook())
        else:
            trio.run(resumed, self._assignment.store)
        return watch.timed(self._ledger.totals)

    def _count_plainly(self, watch: Stopwatch) -> list[FileCount]:
        shown = 0.0

        def look(totals: Totals) -> None:
            nonlocal shown
            self._plain = totals
            seconds = watch.seconds()
            if seconds - shown >= self._screen.interval:
                shown = seconds
                self._screen.progress(progress_line("plain", totals, restarts=None, seconds=seconds))

        return plain_count(self._assignment.place, look)

    def _compare(self, counts: list[FileCount], supervised: Timed, plain: Timed) -> Outcome:
        tally, ledger = self._tally, self._ledger
        claims = prove(
            Evidence(
                plain=counts,
                entries=ledger.entries,
                totals=ledger.totals,
                planned=self._assignment.saboteur.crashes(
                    count.path for count in counts if count.path not in ledger.resumed
                ),
                crashes=tally.crashes,
                restarts=tally.restarts,
                strange=tally.strange,
            )
        )
        parts = (
            table(supervised, plain),
            taken_over(len(ledger.resumed)) if ledger.resumed else "",
            troubles(ledger.entries),
            supervision(tally.by_child, crashes=tally.crashes, repeats=ledger.repeats),
            verdict(claims),
        )
        return Outcome(
            proven=all(claim.holds for claim in claims), report="\n\n".join(part for part in parts if part)
        )


def _heading(assignment: Assignment) -> str:
    place, saboteur = assignment.place, assignment.saboteur
    root = place.root if place.only is None else place.root / place.only
    parsers = plural(assignment.parsers, "parser")
    return f"census of {printable(str(root))}: {parsers}, crash rate {saboteur.rate:g}, seed {saboteur.seed}"
