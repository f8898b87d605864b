"""psycopg's asynchronous connection, driven by Trio."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
import trio
from psycopg import pq
from psycopg.abc import AdaptContext, ConnParam, Params, Query
from psycopg.errors import InFailedSqlTransaction
from psycopg.pq.abc import PGconn
from psycopg.rows import AsyncRowFactory, Row

from .._errors import BadUse
from ._connect import connect_any
from ._cursor import TrioCursor, TrioServerCursor
from ._driven import GRACE, Driven
from ._notifications import Notifications
from ._pipeline import TrioPipeline
from ._transaction import LOST, TrioTransaction
from ._wait import READ, look

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from types import TracebackType
    from typing import Self


IDLE: Final = pq.TransactionStatus.IDLE
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
        self.notifications = Notifications(self)
        self.cursor_factory = plain
        self.server_cursor_factory = named

    @classmethod
    @trio.lowlevel.enable_ki_protection
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
            connection.adapt_like(context.adapters)
        connection.prepare_threshold = prepare_threshold
        connection.grace = grace
        return connection

    @trio.lowlevel.enable_ki_protection
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
            else:
                await self.commit_block()
        finally:
            self.cut()

    async def commit_block(self) -> None:
        """Commit what a block has left open, if anything; as `commit`.

        Raises:
            psycopg.OperationalError: The connection was lost in the block, so that it is not committed.
        """
        if self.broken and not self.autocommit:
            raise psycopg.OperationalError(LOST)
        if not self.closed and self.pgconn.transaction_status != IDLE:
            await self.commit()

    async def close(self) -> None:
        """Close it; who waits for it gets an error.

        Cancellation: it is closed all the same.
        """
        self._closed = True
        self.cut()
        await trio.lowlevel.checkpoint()

    @trio.lowlevel.enable_ki_protection
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

    @trio.lowlevel.enable_ki_protection
    async def execute_and_commit(
        self, query: Query, params: Params | None = None
    ) -> psycopg.AsyncCursor[Row]:
        """Execute a statement that is a transaction by itself, and return its cursor.

        As a block of a transaction, and quicker, for there is no BEGIN and no COMMIT to wait for.

        Cancellation: once it was sent it is waited for, for as long as the grace.

        Raises:
            OutcomeUnknown: It was sent, and no answer came.
            BadUse: The connection is not in autocommit, or it is in a transaction or a pipeline.
        """
        async with self.lock:
            self._check_connection_ok()
            if self.pipelined or not self.autocommit or self.pgconn.transaction_status != IDLE:
                raise BadUse(
                    what="cannot commit this statement by itself",
                    why="the connection is not in autocommit, or it is in a transaction or a pipeline",
                    fix="Connect with autocommit=True, and call this outside of both.",
                )
            cursor = self.cursor()
            await self.committing(cursor._execute_gen(query, params))  # noqa: SLF001 - as psycopg's connection
        return cursor

    @trio.lowlevel.enable_ki_protection
    async def tpc_commit(self, xid: psycopg.Xid | str | None = None) -> None:
        """Commit in the second phase; see psycopg, and `commit` for its cancellation and its errors."""
        async with self.lock:
            await self.committing(self._tpc_finish_gen("COMMIT", xid))

    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
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
            return
        if self._pipeline.command_queue or self.is_active():
            # What was asked for before is no part of it.
            await self._pipeline.sync()
        async with block, self.pipeline():
            yield block

    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
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
    @trio.lowlevel.enable_ki_protection
    async def _pipeline_nolock(self) -> AsyncGenerator[TrioPipeline]:
        await self.mend_stream()
        train = self._pipeline = TrioPipeline(self, locked=True)
        try:
            async with train:
                yield train
        finally:
            self._pipeline = None

    @trio.lowlevel.enable_ki_protection
    async def notifies(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as in psycopg
        stop_after: int | None = None,
    ) -> AsyncGenerator[psycopg.Notify]:
        """Give the notifications as they come; see psycopg. Use it within ``contextlib.aclosing``.

        Those that came with an answer before are given first, up to the last 10,000. After *stop_after* of
        them it stops; what came together with the last is given too.

        Cancellation: at any time; the connection stays as it is.

        Raises:
            psycopg.OperationalError: The connection was lost.
        """
        end = trio.current_time() + timeout if timeout is not None else float("inf")
        given = 0
        await self.lock.acquire()
        self.notifications.looking = True
        try:
            while True:
                if not self.notifications:
                    await self._notified(end)
                for one in self.notifications.take():
                    yield one
                    given += 1
                if trio.current_time() >= end or (stop_after is not None and given >= stop_after):
                    break
        finally:
            self.notifications.looking = False
            self.lock.release()

    async def _notified(self, end: float) -> None:
        if look(self.pgconn.socket) & READ:
            await trio.lowlevel.checkpoint()
        else:
            with trio.move_on_at(end):
                await self.wait(_readable())
        self.notifications.read()


def _readable() -> Generator[int, int, None]:
    yield READ
