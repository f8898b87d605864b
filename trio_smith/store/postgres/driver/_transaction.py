"""A block that is one transaction, or one savepoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
import trio
from psycopg import pq
from psycopg.errors import InFailedSqlTransaction

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import Self

    from ._driven import Driven

LOST: Final = "the connection was lost in the block; nothing was committed"


class TrioTransaction(psycopg.AsyncTransaction):
    """psycopg's transaction, whose end cannot be cut off.

    Cancellation: a block that is cancelled, at its very end too, is rolled back. Once COMMIT was sent it is
    waited for, for as long as the connection's grace.
    """

    _conn: Driven[Any]
    _begun = False

    @trio.lowlevel.enable_ki_protection
    async def __aenter__(self) -> Self:
        """Begin."""
        await trio.lowlevel.checkpoint()
        async with self._conn.lock:
            if self._begun:
                raise TypeError("transaction blocks can be used only once")
            self._begun = True
            try:
                await self._conn.to_its_end(self._enter_gen())
            except BaseException as error:
                if self.pgconn.status == pq.ConnStatus.OK:
                    # A cancellation waits within the grace.
                    await self._conn.to_its_end(self._leave_gen(error))  # noqa: ASYNC102 - as was said
                else:
                    self._fail()
                raise
        return self

    @trio.lowlevel.enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Commit, or roll back if the block failed.

        Raises:
            OutcomeUnknown: COMMIT was sent, and no answer came.
            psycopg.errors.InFailedSqlTransaction: A statement in the block had failed, so nothing can be
                committed; it is rolled back.
            psycopg.OperationalError: The connection was lost in the block.
        """
        return await self._end(error)  # noqa: ASYNC102 - bounded where it waits, if it was cancelled

    async def _end(self, error: BaseException | None) -> bool:
        if error is not None:
            return await self._roll_back(error)
        try:
            await trio.lowlevel.checkpoint()
            await self._conn.lock.acquire()
        except BaseException as stop:
            await self._roll_back(stop)  # noqa: ASYNC102 - it shields itself, with a deadline
            raise
        try:
            return await self._commit()
        finally:
            self._conn.lock.release()

    async def _commit(self) -> bool:
        if self.pgconn.status != pq.ConnStatus.OK:
            self._fail()
            raise psycopg.OperationalError(LOST)
        if self.pgconn.transaction_status == pq.TransactionStatus.INERROR and not self.force_rollback:
            failed = InFailedSqlTransaction("a statement in the block had failed; it was rolled back")
            await self._conn.to_its_end(self._leave_gen(failed))
            raise failed
        gen = self._leave_gen(None)
        if self.force_rollback or not self._outer_transaction:
            return await self._conn.to_its_end(gen)
        return await self._conn.committing(gen)

    def _leave_gen(self, error: BaseException | None) -> Generator[Any, Any, bool]:
        """Leave it; in a pipeline, too, the answer is there at the end of the block."""
        kind = None if error is None else type(error)
        ours: bool = yield from self._exit_gen(kind, error, None)
        try:
            yield from self._conn.answers()
        except psycopg.Error:
            # What failed first is told.
            if error is None:
                raise
        return ours

    async def _roll_back(self, error: BaseException) -> bool:
        """Roll back within the grace, or close the connection, which does it too; is *error* ours?"""
        with self._conn.bounded():
            async with self._conn.lock:
                if self.pgconn.status == pq.ConnStatus.OK:
                    return await self._conn.to_its_end(self._leave_gen(error))
        self._fail()
        return False

    def _fail(self) -> None:
        # Older ones have no such word.
        if hasattr(self, "Status"):
            self.status = self.Status.FAILED
