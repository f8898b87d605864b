"""psycopg's cursors, with the ends of their blocks made safe."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg.abc
import trio
from psycopg import pq
from psycopg.abc import Params
from psycopg.copy import AsyncCopy, AsyncQueuedLibpqWriter, AsyncWriter
from psycopg.rows import Row

from .._errors import BadUse
from ._work import Work

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ._driven import Driven


class TrioCursor(psycopg.AsyncCursor[Row]):
    """A cursor of a `TrioConnection`; all of psycopg's ``AsyncCursor``."""

    __slots__ = ()

    _conn: Driven[Any]

    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
    async def copy(
        self,
        statement: psycopg.abc.Query,
        params: Params | None = None,
        *,
        writer: AsyncWriter | None = None,
    ) -> AsyncGenerator[AsyncCopy]:
        """Copy into or out of the database; see psycopg.

        Cancellation: in the block it ends the copy, and nothing was copied. At its end it is as with a
        statement.
        """
        if isinstance(writer, AsyncQueuedLibpqWriter):
            raise BadUse(
                what="cannot copy with this writer", why="it needs asyncio", fix="Leave the writer out."
            )
        connection = self._conn
        async with connection.lock:
            await connection.wait(self._start_copy_gen(statement, params))
            copying = AsyncCopy(self, writer=writer)
            connection.work = Work.COPY
            try:
                async with copying_ends(connection, copying):
                    yield copying
            finally:
                connection.work = Work.STATEMENT
        self._select_current_result(0)

    @trio.lowlevel.enable_ki_protection
    async def stream(
        self,
        query: psycopg.abc.Query,
        params: Params | None = None,
        *,
        binary: bool | None = None,
        size: int = 1,
    ) -> AsyncGenerator[Row]:
        """Give the rows as they come; see psycopg. Use it within ``contextlib.aclosing``.

        Cancellation: the connection is closed if it waits for rows just then.
        """
        connection = self._conn
        if connection.pipelined:
            raise BadUse(what="cannot stream", why="the connection is in pipeline mode")
        await connection.lock.acquire()
        try:
            connection.work = Work.TRAIN
            connection.streamed = True
            await connection.wait(self._stream_send_gen(query, params, binary=binary, size=size))
            first = True
            while result := await connection.wait(self._stream_fetchone_gen(first)):
                first = False
                for position in range(result.ntuples):
                    row: Any = self._tx.load_row(position, self._make_row)
                    yield row
        finally:
            await self._end_stream()  # noqa: ASYNC102 - it shields itself, with a deadline

    async def _end_stream(self) -> None:
        connection = self._conn
        try:
            if connection.is_active():
                with connection.bounded():
                    with suppress(psycopg.Error):
                        await connection.ask_to_cancel()
                    connection.work = Work.BOUNDARY
                    await connection.drain()
        finally:
            connection.work = Work.STATEMENT
            connection.lock.release()


class TrioClientCursor(psycopg.client_cursor.AsyncClientCursor[Row], TrioCursor[Row]):
    """One that puts the parameters into the text itself."""

    __slots__ = ()


class TrioRawCursor(psycopg.raw_cursor.AsyncRawCursor[Row], TrioCursor[Row]):
    """One whose placeholders are PostgreSQL's own, ``$1``."""

    __slots__ = ()


class TrioServerCursor(psycopg.AsyncServerCursor[Row], TrioCursor[Row]):
    """A cursor with a name, whose rows stay at the server until they are fetched."""

    __slots__ = ()

    @trio.lowlevel.enable_ki_protection
    async def close(self) -> None:
        """Close it, at the server too.

        Cancellation: waited for all the same, for as long as the grace; then the connection is closed.
        """
        try:
            await self._close_both()
        except (trio.Cancelled, KeyboardInterrupt):
            with self._conn.bounded():
                await self._close_both()  # noqa: ASYNC102 - a shield with a deadline is round it
            raise

    async def _close_both(self) -> None:
        async with self._conn.lock:
            if self.closed:
                return
            if not self._conn.closed:
                await self._conn.to_its_end(self._close_gen())
            await super(psycopg.AsyncServerCursor, self).close()


@asynccontextmanager
@trio.lowlevel.enable_ki_protection
async def copying_ends(connection: Driven[Any], copying: AsyncCopy) -> AsyncGenerator[None]:
    """End *copying* after the block, rightly or as a failure, and leave the connection ready for more."""
    await copying.__aenter__()
    try:
        # If it was cancelled while it began, the server was told to stop it.
        await trio.lowlevel.checkpoint_if_cancelled()
        yield
        await trio.lowlevel.checkpoint_if_cancelled()
    except BaseException as error:
        await connection.end_copy(copying, error)  # noqa: ASYNC102 - it shields itself, with a deadline
        raise
    # From here on it is a statement that is at its end.
    connection.work = Work.STATEMENT
    try:
        await copying.finish(None)
    except psycopg.errors.QueryCanceled:
        await trio.lowlevel.checkpoint_if_cancelled()  # noqa: ASYNC120 - then it was asked for by that
        raise
    finally:
        if connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
            # Not all was read.
            early = RuntimeError("not read to its end")
            await connection.end_copy(copying, early)  # noqa: ASYNC102 - it shields itself, with a deadline
