"""Stores to test, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import trio

from trio_smith.store._ready import make_ready
from trio_smith.store._store import Store
from trio_smith.store.memory import MemoryAdapter
from trio_smith.store.sqlite import SqliteAdapter, SqliteOptions, open_sqlite
from trio_smith.store.words import Execute
from trio_smith.testing import StoreUnderTest

QUICK: Final = SqliteOptions(full_sync=False)
"""Most tests are not about what a loss of power does."""

POLL: Final = 0.01


class HandClock:
    """Epoch seconds that go on only when a test says so; any thread may ask."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    async def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        await trio.lowlevel.checkpoint()
        self.now += seconds


@asynccontextmanager
async def in_memory(adapter_class: type[MemoryAdapter] = MemoryAdapter) -> AsyncGenerator[StoreUnderTest]:
    """Open a store in memory."""
    clock = HandClock()
    adapter = adapter_class(clock=clock)

    async def tamper(chain: str, position: int) -> None:
        await trio.lowlevel.checkpoint()
        records = adapter._tables.audit[chain]
        changed = attrs.evolve(records[position - 1], data=b'"forged"')
        adapter._tables.audit[chain] = (*records[: position - 1], changed, *records[position:])

    store = Store(adapter, poll=POLL)
    try:
        yield StoreUnderTest(store, advance=clock.advance, tamper=tamper, sql=False)
    finally:
        await store.close()  # noqa: ASYNC102 - it shields itself, with a deadline


@asynccontextmanager
async def in_sqlite(path: Path, *, options: SqliteOptions = QUICK) -> AsyncGenerator[StoreUnderTest]:
    """Open a store in the file at *path*."""
    clock = HandClock()
    await make_ready(f"sqlite:{path}")
    async with (
        open_sqlite(path, options=options, clock=clock) as adapter,
        under_test(adapter, clock) as under,
    ):
        yield under


@asynccontextmanager
async def under_test(adapter: SqliteAdapter, clock: HandClock) -> AsyncGenerator[StoreUnderTest]:
    """Give a store over *adapter*."""
    store = Store(adapter, poll=POLL)

    async def tamper(chain: str, position: int) -> None:
        where = {"chain": chain, "position": position, "data": b'"forged"'}
        await store.commit(
            Execute("DROP TRIGGER smith_audit_no_update"),
            Execute(
                "UPDATE smith_audit SET data = :data WHERE chain = :chain AND position = :position", where
            ),
        )

    try:
        yield StoreUnderTest(store, advance=clock.advance, tamper=tamper)
    finally:
        await store.close()  # noqa: ASYNC102 - it shields itself, with a deadline
