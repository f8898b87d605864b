"""The rows about PostgreSQL: each program starts one for itself."""

from __future__ import annotations

from typing import Final

from ._row import Better, Figure, Program, Row

NEEDS: Final = "psycopg"
SELECT: Final = Program(module="ours.postgres_select", quick=("n=3000",), needs=NEEDS)
THREAD: Final = Program(module="references.postgres_thread", quick=("n=2000",), needs=NEEDS)
ASYNCIO: Final = Program(module="peers.psycopg_asyncio", quick=("n=3000",), needs=NEEDS)
STORE: Final = Program(module="ours.postgres_store", quick=("n=5000",), needs=NEEDS)
JOBS: Final = Program(module="references.postgres_jobs", quick=("n=5000",), needs=NEEDS)


def _growing(population: int) -> Program:
    quick = min(population, 10_000)
    return Program(
        module="ours.postgres_growth",
        full=(f"population={population}",),
        quick=(f"population={quick}", "n=2000"),
        needs=NEEDS,
    )


POSTGRES_ROWS: Final = (
    Row(
        name="postgres-select-asyncio",
        title="SELECT 1, one connection of psycopg on Trio / psycopg on asyncio",
        ours=Figure(program=SELECT, name="select"),
        reference=Figure(program=ASYNCIO, name="select"),
        better=Better.HIGHER,
        reach=1,
    ),
    Row(
        name="postgres-select-thread",
        title="SELECT 1, one connection of psycopg on Trio / blocking psycopg in a thread of Trio",
        ours=Figure(program=SELECT, name="select"),
        reference=Figure(program=THREAD, name="select"),
        better=Better.HIGHER,
        reach=2.5,
    ),
    Row(
        name="postgres-pool",
        title="SELECT 1 on a connection that the pool lends, p50 / on one that is held",
        ours=Figure(program=SELECT, name="pooled select p50"),
        reference=Figure(program=SELECT, name="select p50"),
        better=Better.LOWER,
        reach=1.6,
    ),
    Row(
        name="store-postgres-enqueue",
        title="durable enqueue from 64 tasks, PostgreSQL / one transaction for each, bare psycopg",
        ours=Figure(program=STORE, name="enqueue"),
        reference=Figure(program=JOBS, name="enqueue"),
        better=Better.HIGHER,
        reach=None,
    ),
    Row(
        name="store-postgres-claim",
        title="durable claim of 100 jobs at a time, PostgreSQL / the same in bare SQL",
        ours=Figure(program=STORE, name="claim"),
        reference=Figure(program=JOBS, name="claim"),
        better=Better.HIGHER,
        reach=1 / 1.3,
    ),
    Row(
        name="grow-store-append-postgres",
        title="append to a stream of 1,000,000 events, PostgreSQL / of 1,000",
        ours=Figure(program=_growing(1_000_000), name="append"),
        reference=Figure(program=_growing(1_000), name="append"),
        better=Better.HIGHER,
        reach=0.8,
    ),
)
"""What psycopg costs on Trio, and a store in PostgreSQL, beside the same by hand."""
