"""Let what is written for Trio's connections use one in a thread, where nothing has to be awaited."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.errors import InFailedSqlTransaction

from ..._errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Generator, Mapping, Sequence
    from types import TracebackType
    from typing import LiteralString, Self

    from psycopg.pq.abc import PGresult

    from ._shared import Connection, Shared

R = TypeVar("R")


def at_once(coroutine: Coroutine[Any, Any, R]) -> R:
    """Return what *coroutine* returns, which awaits nothing but what is in this file."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        answer: R = end.value
        return answer
    finally:
        coroutine.close()
    raise AssertionError("it awaits something that is not there at once")


@contextmanager
def _unknown_if_lost(connection: Connection) -> Generator[None]:
    """Raise OutcomeUnknown if *connection* is lost in the block, which commits."""
    if connection.closed:
        raise psycopg.OperationalError("the connection was lost before COMMIT; nothing was committed")
    try:
        yield
    except psycopg.OperationalError as error:
        if not connection.closed:
            raise
        raise OutcomeUnknown(why=f"the connection was lost ({error})") from error


class PlainConnection:
    """The part of `TrioConnection` that programs are carried out with; each call ends before it returns.

    A job that was stopped does not begin another statement.
    """

    def __init__(self, line: Shared) -> None:
        self._line = line

    async def execute(
        self,
        query: LiteralString | bytes,
        parameters: Mapping[str, Any] | None = None,
        *,
        prepare: bool | None = None,
    ) -> PlainCursor:
        """See psycopg."""
        return await self.cursor().execute(query, parameters, prepare=prepare)

    async def execute_and_commit(
        self, query: bytes, parameters: Mapping[str, Any] | None = None
    ) -> PlainCursor:
        """See `TrioConnection.execute_and_commit`."""
        self._line.begin_to_commit()
        with _unknown_if_lost(self._line.connection):
            return await self.cursor().execute(query, parameters)

    def cursor(self) -> PlainCursor:
        """See psycopg."""
        return PlainCursor(self._line, self._line.connection.cursor())

    @asynccontextmanager
    async def transaction(self, *, force_rollback: bool = False) -> AsyncGenerator[None]:
        """Make a block a transaction; see `TrioTransaction`.

        A job that was stopped does not commit.
        """
        try:
            await self.execute(b"BEGIN", prepare=False)
            yield
            if not force_rollback:
                self._line.begin_to_commit()
        except BaseException:
            self._roll_back()
            raise
        if force_rollback:
            self._roll_back()
        else:
            self._commit()

    def _commit(self) -> None:
        connection = self._line.connection
        with _unknown_if_lost(connection):
            cursor = connection.execute("COMMIT", prepare=False)
        if cursor.statusmessage != "COMMIT":
            # So PostgreSQL answers in a transaction of which a statement has failed.
            raise InFailedSqlTransaction("a statement had failed; it was rolled back")

    def _roll_back(self) -> None:
        """Roll back, or close; then the server does it."""
        connection = self._line.connection
        with self._line.undoing():
            if not connection.closed:
                try:
                    connection.execute("ROLLBACK", prepare=False)
                except psycopg.Error:
                    self._line.shut()


class PlainCursor:
    """The same of `TrioCursor`."""

    def __init__(self, line: Shared, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._line, self._cursor = line, cursor

    async def __aenter__(self) -> Self:
        """Do nothing."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._cursor.close()

    @property
    def pgresult(self) -> PGresult | None:
        """See psycopg."""
        return self._cursor.pgresult

    @property
    def rowcount(self) -> int:
        """See psycopg."""
        return self._cursor.rowcount

    @property
    def statusmessage(self) -> str | None:
        """See psycopg."""
        return self._cursor.statusmessage

    def nextset(self) -> bool | None:
        """See psycopg."""
        return self._cursor.nextset()

    async def execute(
        self,
        query: LiteralString | bytes,
        parameters: Mapping[str, Any] | None = None,
        *,
        prepare: bool | None = None,
    ) -> Self:
        """See psycopg."""
        self._line.check()
        self._cursor.execute(query, parameters, prepare=prepare)
        return self

    async def executemany(
        self, query: bytes, all_parameters: Sequence[Mapping[str, Any]], *, returning: bool
    ) -> None:
        """See psycopg."""
        self._line.check()
        self._cursor.executemany(query, all_parameters, returning=returning)

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """See psycopg."""
        return self._cursor.fetchall()

    async def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """See psycopg."""
        return self._cursor.fetchmany(size)
