"""Open a store by its URL."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ._positive import check_seconds
from ._postgres_options import PostgresOptions
from ._ready import make_ready
from ._store import KEEP_KEYS, KEEP_MARKS, Store
from ._url import PostgresUrl, SqliteUrl, parse_store_url, sqlite_file
from .memory import MemoryAdapter
from .sqlite import SqliteOptions, open_sqlite

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ._adapter import Adapter


@asynccontextmanager
async def open_store(
    target: str | os.PathLike[str],
    *,
    sqlite: SqliteOptions | None = None,
    postgres: PostgresOptions | None = None,
    poll: float = 1.0,
    keep_keys: float = KEEP_KEYS,
    keep_marks: float = KEEP_MARKS,
    clock: Callable[[], float] = time.time,
) -> AsyncGenerator[Store]:
    """Open the store that *target* names, round a block.

    *target* is ``memory:``, the path of a file for SQLite (a text ends in ``.db``, ``.sqlite`` or
    ``.sqlite3``, a path object has any name), ``sqlite:PATH``, ``sqlite:///PATH`` with ``%20`` and the
    like decoded, or ``postgresql://…``. A file that is not there is made, and so are our tables in an
    empty database. A store in memory is there for the block alone.

    *sqlite* and *postgres* are the options for a store of that kind. Those who wait for a job, an event or
    a change look again after *poll* seconds when nobody has woken them: jobs come due, and other processes
    write. *keep_keys*: seconds for which idempotency keys are remembered; a week, unless you say otherwise.
    *keep_marks*: seconds for which it is remembered that a key of `Keys` is gone, for those who watch it and
    were away; an hour. *clock* tells epoch seconds to stores that have no clock of their own, for claims,
    leases and keys that run out.

    What was given to `Store.commit` before the block ends, by other tasks too, is written before it is
    closed, if the database does it within ten seconds.

    Raises:
        BadStoreUrl: *target* names no store.
        BadRequest: A number of seconds is not positive and finite.
        StoreUnavailable, StoreReadOnly, StoreCorrupt, StoreBusy: It could not be opened.
        StoreTooNew, StoreTooOld: Its schema is not the one that this version works with.

    Cancellation: closing waits for what is under way, for a bounded time.
    """
    check_seconds(poll=poll, keep_keys=keep_keys, keep_marks=keep_marks)
    async with _adapter(target, sqlite=sqlite, postgres=postgres, clock=clock) as adapter:
        store = Store(adapter, poll=poll, keep_keys=keep_keys, keep_marks=keep_marks)
        try:
            yield store
        finally:
            await store.close()  # noqa: ASYNC102 - it shields itself, with a deadline


def _adapter(
    target: str | os.PathLike[str],
    *,
    sqlite: SqliteOptions | None,
    postgres: PostgresOptions | None,
    clock: Callable[[], float],
) -> AbstractAsyncContextManager[Adapter]:
    if target == "memory:":
        return _in_memory(clock)
    if not isinstance(target, str):
        return _in_file(sqlite_file(os.fspath(target)), sqlite or SqliteOptions(), clock)
    url = parse_store_url(target)
    match url:
        case SqliteUrl():
            return _in_file(url, sqlite or SqliteOptions(), clock)
        case PostgresUrl():
            return _in_database(target, url, postgres or PostgresOptions())


@asynccontextmanager
async def _in_file(
    url: SqliteUrl, options: SqliteOptions, clock: Callable[[], float]
) -> AsyncGenerator[Adapter]:
    await make_ready(str(url))
    async with open_sqlite(Path(url.path), options=options, clock=clock) as adapter:
        yield adapter


@asynccontextmanager
async def _in_database(target: str, url: PostgresUrl, options: PostgresOptions) -> AsyncGenerator[Adapter]:
    # Only who asks for PostgreSQL needs psycopg.
    from .postgres._open import open_postgres  # noqa: PLC0415

    await make_ready(target)
    async with open_postgres(url, options=options) as adapter:
        yield adapter


@asynccontextmanager
async def _in_memory(clock: Callable[[], float]) -> AsyncGenerator[MemoryAdapter]:
    yield MemoryAdapter(clock=clock)
