"""A connection to SQLite that does what a test says before it does what it is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.store.opening import QUICK, HandClock, under_test
from trio_smith.store._ready import make_ready
from trio_smith.store.sqlite import SqliteAdapter, SqliteOptions
from trio_smith.store.sqlite._adapter import _open
from trio_smith.testing import StoreUnderTest


class FaultyConnection:
    """Calls *before* and *after* with each statement, in the writer's thread; they may raise."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.before: Callable[[str], object] = bool
        self.after: Callable[[str], object] = bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        """Run *statement*, with what goes wrong."""
        self.before(statement)
        cursor = self._connection.execute(statement, *parameters)
        self.after(statement)
        return cursor


def error_with(code: int) -> sqlite3.OperationalError:
    """Return an error as SQLite raises it with *code*."""
    error = sqlite3.OperationalError("a test wants it")
    error.sqlite_errorcode = code  # type: ignore[misc]
    error.sqlite_errorname = f"code {code}"  # type: ignore[misc]
    return error


@asynccontextmanager
async def faulty_store(
    path: Path, *, options: SqliteOptions = QUICK
) -> AsyncGenerator[tuple[StoreUnderTest, FaultyConnection]]:
    """Open a store whose writer uses a `FaultyConnection`."""
    clock = HandClock()
    await make_ready(f"sqlite:{path}")
    connection = FaultyConnection(_open(path, options))
    adapter = SqliteAdapter(connection, path=path, options=options, clock=clock)  # type: ignore[arg-type]
    adapter.writer.start()
    try:
        async with under_test(adapter, clock) as under:
            await under.store.tidy()
            under.store._next_tidy = float("inf")
            yield under, connection
    finally:
        await adapter.close()
