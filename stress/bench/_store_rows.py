"""The rows about stores."""

from __future__ import annotations

from typing import Final

from ._row import Better, Figure, Program, Row


def _growing(population: int) -> Program:
    quick = min(population, 10_000)
    return Program(
        module="ours.store_growth",
        full=(f"population={population}",),
        quick=(f"population={quick}", "n=2000"),
    )


STORE_ROWS: Final = (
    Row(
        name="store-enqueue",
        title="durable enqueue from 64 tasks, SQLite / one transaction for each, bare sqlite3",
        ours=Figure(program=Program(module="ours.store_enqueue", quick=("n=6400",)), name="enqueue"),
        reference=Figure(
            program=Program(module="references.store_enqueue", quick=("n=500",)), name="enqueue"
        ),
        better=Better.HIGHER,
        reach=10,
    ),
    Row(
        name="store-claim",
        title="durable claim of 100 jobs at a time, SQLite / the same in bare SQL",
        ours=Figure(program=Program(module="ours.store_claim", quick=("n=10000",)), name="claim"),
        reference=Figure(program=Program(module="references.store_claim", quick=("n=10000",)), name="claim"),
        better=Better.HIGHER,
        reach=1 / 1.3,
    ),
    Row(
        name="store-claim-workers",
        title="durable claim of 100 jobs at a time by four workers, SQLite / by one, in bare SQL",
        ours=Figure(
            program=Program(module="ours.store_claim", full=("workers=4",), quick=("workers=4", "n=10000")),
            name="claim",
        ),
        reference=Figure(program=Program(module="references.store_claim", quick=("n=10000",)), name="claim"),
        better=Better.HIGHER,
        reach=1 / 1.3,
    ),
    Row(
        name="grow-store-append",
        title="append to a stream of 1,000,000 events, SQLite / of 1,000",
        ours=Figure(program=_growing(1_000_000), name="append"),
        reference=Figure(program=_growing(1_000), name="append"),
        better=Better.HIGHER,
        reach=0.8,
    ),
)
"""What a store costs, beside the same by hand."""
