"""A store in one file, by SQLite: one thread writes, others read beside it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import outcome
import trio

from .._errors import OutcomeUnknown, StoreUnavailable
from .._positive import a_positive
from .._sqlite_failures import failure
from .._wakes import Wakes
from ._job import Commit
from ._readers import Readers
from ._writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from ..words import Query, Write

R = TypeVar("R")

OLDEST: Final = (3, 35, 0)
"""The first SQLite that knows RETURNING."""

LONGEST_WAIT: Final = 2_000_000.0
"""Seconds, some weeks: SQLite counts milliseconds in 32 bits, and takes what is more for no wait at all."""


@attrs.frozen(kw_only=True)
class SqliteOptions:
    """How a file is used.

    *busy_timeout*: seconds to wait for other processes that write. *readers*: how many threads read at
    once. *max_waiting*: how many commits wait at most; more wait for room. *grace*: seconds that a
    cancelled commit, which can no longer be withdrawn, is waited for. *full_sync*: flush each commit to
    the disk before it is acknowledged; without it a loss of power, but no crash of the process, may cost
    the last commits.
    """

    busy_timeout: float = attrs.field(default=5.0, validator=a_positive)
    readers: int = attrs.field(default=4, validator=a_positive)
    max_waiting: int = attrs.field(default=10_000, validator=a_positive)
    grace: float = attrs.field(default=10.0, validator=a_positive)
    full_sync: bool = True


class SqliteAdapter:
    """Hands commits to the writer, and queries to the readers."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        path: Path,
        options: SqliteOptions,
        clock: Callable[[], float],
    ) -> None:
        self.wakes = Wakes()
        self._options = options
        path = path.absolute()  # connections that read are opened later, when the program may be elsewhere
        self._room = trio.Semaphore(options.max_waiting)
        self.writer: Final = Writer(connection, clock=clock, committed=self._committed)
        self.readers: Final = Readers(
            lambda: connect(path, options, read_only=True), clock=clock, most=options.readers
        )

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Carry out *writes*; see `Adapter.commit`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._room.acquire_nowait()  # the checkpoint is that of the wait below
        except trio.WouldBlock:
            await self._room.acquire()
        asked = Commit(writes, key=key)
        try:
            self.writer.submit(asked)
            await self._outcome(asked)
        finally:
            self._room.release()
        assert asked.result is not None, "the result is there before the event"
        return asked.result.unwrap()

    async def query(self, asked: Query[R]) -> R:
        """Answer *asked*; see `Adapter.query`."""
        return await self.readers.read(asked)

    async def close(self) -> None:
        """Write what still waits, and close the file.

        Cancellation: waited for all the same, for as long as the grace.
        """
        self.readers.close()
        self.writer.close()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + self._options.grace):
            await self.writer.ended.wait()

    async def _outcome(self, asked: Commit) -> None:
        """Wait for the result of *asked*; Cancelled means that it was not, and will not be, written."""
        try:
            await asked.wait()
        except trio.Cancelled:  # noqa: ASYNC103 - what is written is returned; the next checkpoint cancels
            if self.writer.withdraw(asked):
                raise
            with trio.CancelScope(shield=True, deadline=trio.current_time() + self._options.grace):
                await asked.wait()
            known = asked.result
            if isinstance(known, outcome.Error) and not isinstance(known.error, OutcomeUnknown):
                raise
            if known is None:
                raise OutcomeUnknown(  # noqa: ASYNC104 - more important than that it was cancelled
                    why=f"it was cancelled, and the disk did not answer within {self._options.grace} s"
                ) from None
            # It is written, or perhaps, so that is told; Trio cancels at the next checkpoint.

    def _committed(self, group: Sequence[Commit]) -> None:
        for asked in group:
            self.wakes.wake_for(asked.writes)


@asynccontextmanager
async def open_sqlite(
    path: Path, *, options: SqliteOptions, clock: Callable[[], float] = time.time
) -> AsyncGenerator[SqliteAdapter]:
    """Open the file at *path*, which has our tables; the block ends when what was asked of it is written."""
    connection = await trio.to_thread.run_sync(_open, path, options)
    try:
        adapter = SqliteAdapter(connection, path=path, options=options, clock=clock)
        adapter.writer.start()
    except BaseException:  # there may be no thread to be had
        connection.close()
        raise
    try:
        yield adapter
    finally:
        await adapter.close()  # noqa: ASYNC102 - it shields itself, with a deadline


def connect(path: Path, options: SqliteOptions, *, read_only: bool) -> sqlite3.Connection:
    """Open one connection, which any thread may use, one at a time."""
    connection = sqlite3.connect(
        path,
        timeout=min(options.busy_timeout, LONGEST_WAIT),
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if options.full_sync else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _open(path: Path, options: SqliteOptions) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < OLDEST:
        raise StoreUnavailable(
            what="cannot use this SQLite",
            why=f"it is {sqlite3.sqlite_version}, and {'.'.join(map(str, OLDEST))} is needed",
            fix="Use a Python that was built with a newer SQLite.",
        )
    try:
        connection = connect(path, options, read_only=False)
        try:
            _use_log(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise failure(error, what=f"cannot open the store {str(path)!r}") from error
    return connection


def _use_log(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreUnavailable(
            what=f"cannot open the store {str(path)!r}",
            why=f"it takes no write-ahead log: its journal mode is {mode!r}",
            fix="Keep it in a file on a local disk.",
        )
