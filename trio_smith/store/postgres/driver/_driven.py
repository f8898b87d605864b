"""How a connection waits, what a cancellation does to what it waits for, and how it is closed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import outcome
import psycopg
import trio
from psycopg import AsyncConnection, pq
from psycopg.adapt import AdaptersMap
from psycopg.generators import execute, fetch_many
from psycopg.rows import Row

from ..._errors import OutcomeUnknown
from ._cancel import CancelRequest
from ._turn import Turn
from ._wait import BUSY, Drive
from ._work import Work

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.copy import AsyncCopy
    from psycopg.pq.abc import PGconn, PGresult
    from psycopg.rows import AsyncRowFactory

V = TypeVar("V")

GRACE: Final = 5.0
ASK_AGAIN: Final = 0.25
"""A request that comes between two steps of the server is lost; so many seconds later comes another."""


class Driven(AsyncConnection[Row]):
    """What stands below `TrioConnection`; psycopg calls `wait` and `cancel_safe`, and enters `lock`."""

    lock: Turn  # type: ignore[assignment]

    def __init__(self, pgconn: PGconn, row_factory: AsyncRowFactory[Row] | None = None) -> None:
        given: tuple[Any, ...] = () if row_factory is None else (row_factory,)
        super().__init__(pgconn, *given)
        self.lock = Turn()
        self.grace = GRACE
        self.work = Work.STATEMENT
        self.streamed = False
        self._requests = 0
        self._busy = 0
        # One request at a time, and apart from all other threads of the program.
        self._threads = trio.CapacityLimiter(1)

    @property
    def pipelined(self) -> bool:
        """Whether many statements are on their way."""
        return self._pipeline is not None

    @property
    def in_block(self) -> bool:
        """Whether a block of a transaction, or a transaction of two phases, is open."""
        return self._num_transactions > 0 or self._tpc is not None

    @property
    def handlers(self) -> tuple[Any, ...]:
        """The handlers of notices and notifications that were added."""
        return (*self._notice_handlers, None, *self._notify_handlers)

    @property
    def endangered(self) -> bool:
        """Whether a request to cancel may be on its way, and hit what is asked for next."""
        return self._requests > 0

    def adapt_like(self, adapters: AdaptersMap) -> None:
        """Convert values as *adapters* does, from now on."""
        self._adapters = AdaptersMap(adapters)

    def is_active(self) -> bool:
        """Whether the server still works for this connection."""
        return self.pgconn.transaction_status == pq.TransactionStatus.ACTIVE

    @trio.lowlevel.enable_ki_protection
    async def wait(self, gen: Generator[Any, Any, V], *_: Any, **__: Any) -> V:
        """Drive *gen*, as everything does that talks with the server.

        Cancellation: as the kind of work wants it, see `Work`.
        """
        # In a pipeline, too, the end of a transaction is waited for.
        work = Work.TRAIN if self.pipelined and self.work is not Work.BOUNDARY else self.work
        drive = Drive(gen, self.pgconn.socket)
        try:
            value = await drive.finish()
        except (trio.Cancelled, KeyboardInterrupt) as stop:  # noqa: ASYNC103 - see the end of this clause
            if work is Work.TRAIN:
                # Active or not: what stands in the queue of a pipeline would be sent later.
                await self.give_up()  # noqa: ASYNC102 - it shields itself, with a deadline
                raise
            if work is Work.COPY or not (self.pipelined or self.is_active()):
                raise
            asking = work is Work.STATEMENT
            ended = await self._see_through(drive, asking=asking)  # noqa: ASYNC102 - so does this
            if ended is None or isinstance(stop, KeyboardInterrupt):
                raise
            if isinstance(ended, outcome.Error) and asking and self._had_no_effect(ended):
                raise
            # It is done, so it is returned, and Trio cancels at the next checkpoint; or it failed in a way
            # that says more than that it was cancelled.
            return ended.unwrap()  # noqa: ASYNC104 - as was said
        # Others get their turn, also when the answer is always there at once.
        self._busy += 1
        if self._busy >= BUSY:
            self._busy = 0
            await trio.lowlevel.cancel_shielded_checkpoint()
        return value

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - as in psycopg
        """Ask the server to stop what this connection does, within *timeout* seconds.

        Raises:
            psycopg.errors.CancellationTimeout: The request did not get there in time.
        """
        if not self._should_cancel():
            return
        try:
            with trio.fail_after(timeout):
                await self.ask_to_cancel()
        except trio.TooSlowError:
            raise psycopg.errors.CancellationTimeout(f"not passed on within {timeout} s") from None

    async def ask_to_cancel(self) -> None:
        """Ask the server to stop, and return when it has passed that on.

        Raises:
            psycopg.OperationalError: The request did not get there; or it may later, which `endangered` says.
        """
        request = CancelRequest(self.pgconn, threads=self._threads)
        self._requests += 1
        try:
            await request.send()
            self._requests -= 1
        except BaseException:
            if not request.sent:
                self._requests -= 1
            raise

    async def to_its_end(self, gen: Generator[Any, Any, V]) -> V:
        """Drive *gen*, which begins or ends a transaction; a cancellation waits for it."""
        before, self.work = self.work, Work.BOUNDARY
        try:
            return await self.wait(gen)
        finally:
            self.work = before

    @trio.lowlevel.enable_ki_protection
    async def committing(self, gen: Generator[Any, Any, V]) -> V:
        """Drive *gen*, which sends COMMIT.

        Raises:
            OutcomeUnknown: The connection was lost, or it was cancelled and the grace is over.
        """
        self._check_connection_ok()
        try:
            return await self.to_its_end(gen)
        except trio.Cancelled:
            if not self.closed:
                raise
            why = f"it was cancelled, and the server did not answer within {self.grace:g} s"
            raise OutcomeUnknown(why=why) from None  # noqa: ASYNC104 - it says more than that
        except psycopg.OperationalError as error:
            if not self.closed:
                raise
            raise OutcomeUnknown(why=f"the connection was lost ({error})") from error

    def answers(self) -> Generator[Any, Any, None]:
        """Get the answers to all that is on its way in a pipeline, if there is one."""
        if self._pipeline is not None:
            yield from self._pipeline._sync_gen()  # noqa: SLF001 - so does psycopg's connection

    @contextmanager
    def bounded(self) -> Generator[None]:
        """Shield a block, for as long as the grace; what is not over then costs the connection."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + self.grace) as scope:
            yield
        if scope.cancelled_caught:
            self.cut()

    async def give_up(self) -> None:
        """Ask the server to stop, if that can be done soon, and close."""
        with self.bounded(), suppress(psycopg.Error):
            if not self.closed:
                await self.ask_to_cancel()
        self.cut()

    def cut(self) -> None:
        """Close at once; who waits for the connection gets an error."""
        if not self.closed:
            # Whoever waits for the number of this socket must not get the next one with this number.
            with suppress(psycopg.Error):
                trio.lowlevel.notify_closing(self.pgconn.socket)
        self.pgconn.finish()

    async def roll_back_soon(self) -> None:
        """Roll back within the grace, or close.

        Cancellation: it is done all the same.
        """
        with self.bounded(), suppress(psycopg.Error):
            await self.rollback()

    async def drain(self) -> None:
        """Throw away what the server still sends, or close."""
        for _ in range(3):
            if self.is_active():
                with suppress(psycopg.Error):
                    await self.wait(fetch_many(self.pgconn))
        if self.is_active() or self.endangered:
            self.cut()

    async def end_copy(self, copying: AsyncCopy, error: BaseException) -> None:
        """End a copy that failed, so that the connection can be used again; or close it."""
        with self.bounded():
            with suppress(psycopg.Error):
                await copying.finish(error)
            await self.drain()
        if self.is_active():
            self.cut()

    async def mend_stream(self) -> None:
        """Let a pipeline follow a stream that was left early: libpq would still give it row by row."""
        if self.streamed:
            self.streamed = False
            await self.wait(_nothing(self.pgconn))

    async def _see_through(self, drive: Drive[V], *, asking: bool) -> outcome.Outcome[V] | None:
        """Wait for the end of *drive* in spite of a cancellation; None if it does not come in time.

        If *asking*, the server is asked to stop it, again and again: a request that does not get through is
        as good as none. Unless it may come later: then the connection is closed when the end is there.
        """
        try:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + self.grace):
                while True:
                    if asking:
                        with suppress(psycopg.Error):
                            await self.ask_to_cancel()
                    with trio.move_on_after(ASK_AGAIN if asking else self.grace):
                        ended = await _ended(drive)
                        if self.endangered:
                            self.cut()
                        return ended
        except BaseException:
            self.cut()
            raise
        self.cut()
        return None

    def _had_no_effect(self, ended: outcome.Error) -> bool:
        # Without a code of the server it is an error of ours, which may have come afterwards.
        return self.closed or getattr(ended.error, "sqlstate", None) is not None


async def _ended(drive: Drive[V]) -> outcome.Outcome[V]:
    try:
        return outcome.Value(await drive.finish())
    except Exception as error:  # noqa: BLE001 - whoever was cancelled decides what to do with it
        return outcome.Error(error)


def _nothing(pgconn: PGconn) -> Generator[Any, Any, list[PGresult]]:
    pgconn.send_query(b"")
    results: list[PGresult] = yield from execute(pgconn)
    return results
