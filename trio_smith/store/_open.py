"""Open a store by its URL."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ._store import Store
from .memory import MemoryAdapter
from .sqlite import SqliteOptions, open_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path


@asynccontextmanager
async def open_memory_store(*, clock: Callable[[], float] = time.time) -> AsyncGenerator[Store]:
    """Open a store that keeps everything for as long as the block lasts, and nothing after it."""
    store = Store(MemoryAdapter(clock=clock))
    try:
        yield store
    finally:
        store.close()


@asynccontextmanager
async def open_sqlite_store(
    path: Path, *, options: SqliteOptions | None = None, clock: Callable[[], float] = time.time
) -> AsyncGenerator[Store]:
    """Open the store in the file at *path*, which is made if it is not there."""
    async with open_sqlite(path, options=options or SqliteOptions(), clock=clock) as adapter:
        store = Store(adapter)
        try:
            yield store
        finally:
            store.close()
