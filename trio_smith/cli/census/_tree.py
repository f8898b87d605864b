"""The tree of the census.

```text
census            rest_for_one   whoever feeds others comes after them
├─ results        one_for_one
│  ├─ aggregator                 enters results into the ledger, which outlives it
│  └─ reporter                   says how far it has come
└─ work           rest_for_one
   ├─ parsers     one_for_one
   │  ├─ parser-1 …              have no state: one crash concerns nobody else
   └─ scanner                    knows which parsers it feeds, so it goes when they all go
```
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import attrs
import trio

import trio_smith as smith
from trio_smith.store import OutcomeUnknown, StoreFailed

from ._addresses import AGGREGATOR, PARSERS, RESULTS, WORK, Addresses
from ._aggregator import Aggregator
from ._ledger import Ledger
from ._notebook import Notebook
from ._parser import Parser
from ._reporter import report
from ._saboteur import Saboteur
from ._scanner import scan
from ._screen import Screen
from ._source import Place
from ._tally import Tally

WITHIN: Final = 1.0
BUSIEST: Final = 50_000
"""Deliveries a second that no machine exceeds: about twice what empty files bring about."""


FAILURES: Final[Mapping[type[BaseException], smith.Decision]] = dict.fromkeys(
    (StoreFailed, OutcomeUnknown), smith.Decision.ESCALATE
)
"""A store that fails does so for the next incarnation too; whoever runs the census must see to it."""


@attrs.frozen(kw_only=True)
class Assignment:
    """What is to be counted, by how many, and who disturbs them."""

    place: Place
    parsers: int
    saboteur: Saboteur
    store: str | None = None
    """The URL of a store in which counts are kept; None: they are not."""


def intensity(crash_rate: float) -> int:
    """Return how many restarts within `WITHIN` seconds a supervisor of sabotaged actors allows.

    The limit has to lie above what the saboteur does and below what a broken actor does, which crashes
    at every delivery, ten thousand times a second. The usual 3 within 5 s fit neither: they are for
    crashes that are news, and these are the rule. Nor does a backoff: its healthy spells are measured in
    time, but the saboteur goes by deliveries. So it is his share of the busiest second that can be, with
    the usual 3 on top. The supervisors above have no part in the sabotage and keep the usual limit.
    """
    return 3 + math.ceil(crash_rate * BUSIEST * WITHIN)


async def take_census(
    assignment: Assignment, *, ledger: Ledger, notebook: Notebook, tally: Tally, screen: Screen
) -> None:
    """Enter every file of the assignment that is not in *ledger*, and note it before; *tally* observes.

    Raises:
        smith.RestartIntensityExceeded: More went wrong than the supervisors may mend.
        smith.Escalated: The notebook could not be written to, which no restart mends.

    Cancellation (Ctrl-C too): the tree stops in reverse order; what was counted is in the ledger.
    """
    settled = trio.Event()
    async with smith.open_supervisor(
        name="census", strategy=smith.Strategy.REST_FOR_ONE, failures=FAILURES, observe=tally.note
    ) as root:
        addresses = Addresses(system=root.system, parsers=assignment.parsers)
        branch = results(assignment, addresses, ledger=ledger, notebook=notebook, tally=tally, screen=screen)
        await root.start(branch)
        await root.start(work(assignment, addresses, settled))
        screen.remark(str(root.tree()))
        await settled.wait()
        screen.remark(f"all counted, and the tree stands:\n{root.tree()}")
        await root.stop()


def results(
    assignment: Assignment,
    addresses: Addresses,
    *,
    ledger: Ledger,
    notebook: Notebook,
    tally: Tally,
    screen: Screen,
) -> smith.ChildSpec:
    """Return the branch that takes results in."""
    return smith.child(
        smith.SupervisorSpec(
            name=RESULTS,
            max_restarts=intensity(assignment.saboteur.rate),
            within=WITHIN,
            failures=FAILURES,
            children=(
                smith.child(Aggregator, ledger, notebook, assignment.saboteur, name=AGGREGATOR),
                smith.child(report, addresses, tally, screen, name="reporter"),
            ),
        )
    )


def work(assignment: Assignment, addresses: Addresses, settled: trio.Event) -> smith.ChildSpec:
    """Return the branch that brings results about."""

    async def parsers() -> list[smith.ChildSpec]:
        # Called at every start of their supervisor, so they never hold the ref of an aggregator that is gone.
        await trio.lowlevel.checkpoint()
        aggregator = addresses.find_aggregator()
        return [
            smith.child(Parser, assignment.place, aggregator, assignment.saboteur, name=name)
            for name in addresses.parser_names()
        ]

    pool = smith.SupervisorSpec(
        name=PARSERS, max_restarts=intensity(assignment.saboteur.rate), within=WITHIN, children=parsers
    )
    scanner = smith.child(scan, addresses, assignment.place, settled, name="scanner")
    return smith.child(
        smith.SupervisorSpec(
            name=WORK,
            strategy=smith.Strategy.REST_FOR_ONE,
            children=(smith.child(pool), scanner),
        )
    )
