"""Connections that only read, each used by one thread at a time, beside the one that writes."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import trio

from .._errors import StoreClosed, written_in_a_query
from .._sqlite_failures import FAILURES, code_of, failure
from ..sql import query
from ..words import Select
from ._run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..words import Query

R = TypeVar("R")

LOOK_EVERY: Final = 20_000
"""After so many steps of SQLite's machine, some milliseconds, a read asks whether it was cancelled."""


class Readers:
    """At most *most* connections, opened when they are first needed."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        *,
        clock: Callable[[], float],
        most: int,
    ) -> None:
        self._connect, self._clock = connect, clock
        self._idle: list[sqlite3.Connection] = []
        # The threads are counted here, and not with all others of the program.
        self._limiter = trio.CapacityLimiter(most)
        self._closed = False
        self._lock = threading.Lock()  # for the two above

    async def read(self, asked: Query[R]) -> R:
        """Answer *asked* from what is committed now. Raises StoreClosed after `close`.

        Cancellation: at any time; a read that has begun is interrupted.
        """
        return await trio.to_thread.run_sync(self._read, asked, limiter=self._limiter)

    def close(self) -> None:
        """Close what is idle; what is in use is closed after its use."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _read(self, asked: Query[R]) -> R:
        connection = None
        try:
            connection = self._take()
            connection.set_progress_handler(_cancelled, LOOK_EVERY)
            return run(query(asked), connection, now=self._clock())
        except FAILURES as error:
            if code_of(error) == sqlite3.SQLITE_INTERRUPT:
                trio.from_thread.check_cancelled()
            if isinstance(asked, Select) and code_of(error) == sqlite3.SQLITE_READONLY:
                raise written_in_a_query(why=f"SQLite says: {error}") from error
            raise failure(error, what="cannot read from the store") from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreClosed
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        with suppress(sqlite3.Error):
            connection.close()


def _cancelled() -> bool:
    """Return whether the Trio task that waits for this thread was cancelled."""
    try:
        trio.from_thread.check_cancelled()
    except trio.Cancelled:  # noqa: ASYNC103 - SQLite is told here; the reader raises it again
        return True  # noqa: ASYNC104
    return False
