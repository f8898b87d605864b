"""psycopg's asynchronous connection, driven by Trio."""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import psycopg
import trio
from psycopg import pq
from psycopg.abc import AdaptContext, ConnParam
from psycopg.adapt import AdaptersMap
from psycopg.errors import InFailedSqlTransaction
from psycopg.pq.abc import PGconn
from psycopg.rows import AsyncRowFactory, Row

from .._errors import BadUse
from ._connect import connect_any
from ._cursor import TrioCursor, TrioServerCursor
from ._driven import GRACE, Driven
from ._pipeline import TrioPipeline
from ._transaction import TrioTransaction
from ._wait import READ, look

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from types import TracebackType
    from typing import Self

    from psycopg.pq import PGnotify

MOST_NOTIFICATIONS: Final = 1_000
"""So many are kept: whoever never asks for them must not pay for them for ever."""

INERROR: Final = pq.TransactionStatus.INERROR


class TrioConnection(Driven[Row]):
    """A connection to PostgreSQL for Trio: all of psycopg's ``AsyncConnection``, and its errors.

    Only one operation runs at a time; others wait for their turn, in order.

    Cancellation: an operation that raises `trio.Cancelled` had no effect. The server is asked to stop it, and
    its end is waited for; if it was done already, its result is returned, and the next checkpoint raises.
    What a server does not answer within ``grace`` seconds closes the connection: only then the effect is not
    known. So it is after a pipeline, ``executemany`` or ``stream`` that was cancelled.
    """

    def __init__(self, pgconn: PGconn, row_factory: AsyncRowFactory[Row] | None = None) -> None:
        super().__init__(pgconn, row_factory)
        # Not TrioCursor[Row]: to call that costs more than to make the cursor.
        plain: Any = TrioCursor
        named: Any = TrioServerCursor
        self.cursor_factory = plain
        self.server_cursor_factory = named
        # Those that come beside answers are kept here. Before psycopg 3.2.4 they were thrown away.
        kept = hasattr(self, "_notifies_backlog")
        self._notifies_backlog = deque[psycopg.Notify](maxlen=MOST_NOTIFICATIONS)
        if not kept:
            pgconn.notify_handler = partial(_keep, weakref.ref(self), pgconn.notify_handler)

    @classmethod
    async def connect(  # type: ignore[override]
        cls,
        conninfo: str = "",
        *,
        autocommit: bool = False,
        prepare_threshold: int | None = 5,
        context: AdaptContext | None = None,
        row_factory: AsyncRowFactory[Any] | None = None,
        cursor_factory: type[psycopg.AsyncCursor[Any]] | None = None,
        grace: float = GRACE,
        **parameters: ConnParam,
    ) -> Self:
        """Connect, to the first of several hosts that lets us in.

        *grace*: seconds that a cancelled operation has to come to its end. All others are as in psycopg.

        Cancellation: at any time; nothing is left open.

        Raises:
            psycopg.OperationalError: No host let us in.
        """
        if cursor_factory is not None and not issubclass(cursor_factory, TrioCursor):
            raise BadUse(
                what=f"cannot use {cursor_factory.__name__} with Trio",
                why="the ends of its blocks would not be safe",
                fix="Use TrioCursor, TrioClientCursor or TrioRawCursor, or a class made from one.",
            )
        params = await cls._get_connection_params(conninfo, **parameters)
        connection = cls(await connect_any(params))
        connection._autocommit = bool(autocommit)
        if row_factory is not None:
            connection.row_factory = row_factory
        if cursor_factory is not None:
            connection.cursor_factory = cursor_factory
        if context is not None:
            connection._adapters = AdaptersMap(context.adapters)
        connection.prepare_threshold = prepare_threshold
        connection.grace = grace
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back if the block failed, and close.

        Raises:
            OutcomeUnknown: COMMIT was sent, and no answer came.
            psycopg.OperationalError: The connection was lost in the block.
        """
        await self._end(failed=error is not None)  # noqa: ASYNC102 - bounded where it waits, if cancelled

    async def _end(self, *, failed: bool) -> None:
        try:
            if failed:
                await self.roll_back_soon()
            elif not self.closed:
                await self.commit()
            elif self.broken and not self.autocommit:
                raise psycopg.OperationalError("the connection was lost in the block; nothing was committed")
        finally:
            self.cut()

    async def close(self) -> None:
        """Close it; who waits for it gets an error.

        Cancellation: it is closed all the same.
        """
        self._closed = True
        self.cut()
        await trio.lowlevel.checkpoint()

    async def commit(self) -> None:
        """Commit what was done since the last commit.

        Cancellation: once COMMIT was sent it is waited for, for as long as the grace.

        Raises:
            OutcomeUnknown: COMMIT was sent, and no answer came.
            psycopg.errors.InFailedSqlTransaction: A statement had failed; all was rolled back.
        """
        async with self.lock:
            if self.pgconn.transaction_status == INERROR and not self._num_transactions:
                await self.to_its_end(self._rollback_gen())
                raise InFailedSqlTransaction("a statement had failed before; all was rolled back")
            await self.committing(self._commit_gen())

    @asynccontextmanager
    async def transaction(
        self,
        savepoint_name: str | None = None,
        force_rollback: bool = False,  # noqa: FBT001, FBT002 - as in psycopg
    ) -> AsyncGenerator[TrioTransaction]:
        """Make a block a transaction, or a savepoint within one; see `TrioTransaction`."""
        block = TrioTransaction(self, savepoint_name, force_rollback)
        if self._pipeline is None:
            async with block:
                yield block
        else:
            async with self.pipeline(), block, self.pipeline():
                yield block

    @asynccontextmanager
    async def pipeline(self) -> AsyncGenerator[psycopg.AsyncPipeline]:
        """Send the statements of a block without waiting for each answer; see `TrioPipeline`."""
        async with self.lock:
            self._check_connection_ok()
            await self.mend_stream()
            train = self._pipeline or TrioPipeline(self)
            self._pipeline = train
        try:
            async with train:
                yield train
        finally:
            if train.level == 0:
                self._pipeline = None

    @asynccontextmanager
    async def _pipeline_nolock(self) -> AsyncGenerator[TrioPipeline]:
        await self.mend_stream()
        train = self._pipeline = TrioPipeline(self, locked=True)
        try:
            async with train:
                yield train
        finally:
            self._pipeline = None

    async def notifies(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as in psycopg
        stop_after: int | None = None,
    ) -> AsyncGenerator[psycopg.Notify]:
        """Give the notifications as they come; see psycopg. Use it within ``contextlib.aclosing``.

        First come those that arrived beside the answers to statements, the newest thousand of them, unless
        there is a handler for them.

        Cancellation: at any time; the connection stays as it is.
        """
        end = trio.current_time() + timeout if timeout is not None else float("inf")
        given = 0
        await self.lock.acquire()
        backlog, self._notifies_backlog = self._notifies_backlog, None
        try:
            while stop_after is None or given < stop_after:
                if backlog:
                    found = list(backlog)
                    backlog.clear()
                else:
                    found = await self._notified(end)
                for one in found:
                    yield one
                    given += 1
                if trio.current_time() >= end:
                    break
        finally:
            self._notifies_backlog = backlog
            self.release()

    def keep(self, one: psycopg.Notify) -> None:
        """Keep *one* for `notifies`, unless that is at work."""
        if self._notifies_backlog is not None:
            self._notifies_backlog.append(one)

    async def _notified(self, end: float) -> list[psycopg.Notify]:
        socket = self.pgconn.socket
        if look(socket) & READ:
            await trio.lowlevel.checkpoint()
        else:
            with trio.move_on_at(end):
                await self.wait(_readable())
        self.pgconn.consume_input()
        encoding = self.info.encoding
        found: list[psycopg.Notify] = []
        while note := self.pgconn.notifies():
            if self.pgconn.notify_handler is not None:
                self.pgconn.notify_handler(note)
            found.append(_notification(note, encoding))
        return found


def _notification(note: PGnotify, encoding: str) -> psycopg.Notify:
    return psycopg.Notify(note.relname.decode(encoding), note.extra.decode(encoding), note.be_pid)


def _keep(
    own: weakref.ref[TrioConnection[Any]], tell_handlers: Callable[[PGnotify], None] | None, note: PGnotify
) -> None:
    if tell_handlers is not None:
        tell_handlers(note)
    connection = own()
    if connection is not None and not connection.handlers:
        connection.keep(_notification(note, connection.info.encoding))


def _readable() -> Generator[int, int, None]:
    yield READ
