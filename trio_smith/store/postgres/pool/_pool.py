"""Lend connections, first come, first served."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs
import psycopg
import trio
from psycopg import pq

from ..._errors import OutcomeUnknown
from .._errors import PoolClosed, PoolTimeout
from ..driver import TrioConnection, look_readable
from ._settings import Settings
from ._statistics import PoolStatistics

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ._options import PoolOptions

LATEST_RETRY: Final = 1.0
"""Seconds after which the keeper tries again at the latest when the server lets nobody in."""


@attrs.define(eq=False, slots=True)
class _Kept:
    """One connection of the pool."""

    connection: TrioConnection[Any]
    settings: Settings
    ends: float
    since: float = 0.0


class TrioPool:
    """Lends connections; `open_pool` makes one.

    Who waits is served in order. The one that was given back last is lent first, so that the others may
    become old. None is lent that the server has closed, or that somebody left in the midst of something.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[TrioConnection[Any]]], *, dsn: str, options: PoolOptions
    ) -> None:
        self._connect, self._dsn, self._options = connect, dsn, options
        # Whoever holds one of these may have a connection: it is the queue and the count.
        self._slots = trio.Semaphore(options.size)
        self._idle: list[_Kept] = []
        self._closed = False
        self._lent = self._waited = self._timed_out = 0
        self._opened = self._discarded = self._retired = 0

    def __repr__(self) -> str:
        return f"<TrioPool of {self._dsn}, {self.statistics()}>"

    def statistics(self) -> PoolStatistics:
        """Return how it stands."""
        return PoolStatistics(
            size=self._options.size,
            in_use=self._options.size - self._slots.value,
            idle=len(self._idle),
            waiting=self._slots.statistics().tasks_waiting,
            lent=self._lent,
            waited=self._waited,
            timed_out=self._timed_out,
            opened=self._opened,
            discarded=self._discarded,
            retired=self._retired,
        )

    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
    async def connection(self) -> AsyncGenerator[TrioConnection[Any]]:
        """Lend a connection to a block; what it did is committed at the end, or rolled back if it fails.

        Cancellation: at any time; nothing stays lent. The block's transaction is as with a connection of
        one's own.

        Raises:
            PoolTimeout: None became free in time.
            PoolClosed: The pool's block has ended.
            OutcomeUnknown: COMMIT was sent, and no answer came.
            psycopg.OperationalError: The server cannot be reached, or was lost.
        """
        kept = await self._take()
        try:
            try:
                yield kept.connection
                await kept.connection.commit_block()
            except BaseException:
                await self._recover(kept)  # noqa: ASYNC102 - it shields itself, with a deadline
                raise
        finally:
            self._give_back(kept)

    async def _take(self) -> _Kept:
        await self._slot()
        try:
            kept = self._pop() or await self._open()
        except BaseException:
            self._slots.release()
            raise
        self._lent += 1
        return kept

    async def _slot(self) -> None:
        """Wait for a slot, and own it."""
        self._check_open()
        if self._slots.value:
            await self._slots.acquire()
            return
        self._waited += 1
        with trio.move_on_after(self._options.timeout) as scope:
            await self._slots.acquire()
        if scope.cancelled_caught:
            self._timed_out += 1
            raise PoolTimeout(
                dsn=self._dsn,
                size=self._options.size,
                seconds=self._options.timeout,
                waiting=self._slots.statistics().tasks_waiting,
            )
        if self._closed:
            self._slots.release()
            self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise PoolClosed(dsn=self._dsn)

    def _pop(self) -> _Kept | None:
        while self._idle:
            kept = self._idle.pop()
            # Nothing was asked of it, so what it says is that the server is gone.
            if not kept.connection.closed and not look_readable(kept.connection.pgconn.socket):
                return kept
            self._discard(kept)
        return None

    async def _open(self) -> _Kept:
        connection = await self._connect()
        self._opened += 1
        life = self._options.max_life * random.uniform(0.9, 1.1)
        return _Kept(connection, Settings.of(connection), trio.current_time() + life)

    async def _recover(self, kept: _Kept) -> None:
        connection = kept.connection
        if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE and not _busy(connection):
            await connection.roll_back_soon()

    def _give_back(self, kept: _Kept) -> None:
        """Keep it if the next one can have it as new; it awaits nothing, so nothing can come in between."""
        connection, now = kept.connection, trio.current_time()
        try:
            if not (_is_clean(connection) and kept.settings.restored(connection)):
                self._discard(kept)
            elif self._closed or now >= kept.ends:
                self._retire(kept)
            else:
                kept.since = now
                self._idle.append(kept)
        finally:
            self._slots.release()

    def _discard(self, kept: _Kept) -> None:
        self._discarded += 1
        kept.connection.cut()

    def _retire(self, kept: _Kept) -> None:
        self._retired += 1
        kept.connection.cut()

    @trio.lowlevel.enable_ki_protection
    async def keep(self) -> None:
        """Close what is idle or old, and open what is missing, until cancelled."""
        wait = 0.1
        while True:
            now = trio.current_time()
            self._sweep(now)
            try:
                await self._fill()
            except (psycopg.Error, OSError, OutcomeUnknown):
                # Whoever asks for a connection is told why there is none.
                await trio.sleep(min(wait, LATEST_RETRY))
                wait *= 2
            else:
                wait = 0.1
                await trio.sleep(self._options.keep_every)

    def _sweep(self, now: float) -> None:
        spare = len(self._idle) + self._options.size - self._slots.value - self._options.min_size
        kept_on: list[_Kept] = []
        # The longest idle ones are at the bottom.
        for kept in self._idle:
            if now >= kept.ends or (spare > 0 and now - kept.since >= self._options.max_idle):
                spare -= 1
                self._retire(kept)
            elif kept.connection.closed or look_readable(kept.connection.pgconn.socket):
                spare -= 1
                self._discard(kept)
            else:
                kept_on.append(kept)
        self._idle = kept_on

    async def _fill(self) -> None:
        size, least = self._options.size, self._options.min_size
        while self._slots.value and len(self._idle) + size - self._slots.value < least:
            self._slots.acquire_nowait()
            try:
                kept = await self._open()
                kept.since = trio.current_time()
                if self._closed:
                    self._retire(kept)
                else:
                    self._idle.insert(0, kept)
            finally:
                self._slots.release()

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            self._retire(self._idle.pop())


def _busy(connection: TrioConnection[Any]) -> bool:
    return connection.closed or connection.pipelined or connection.lock.locked() or connection.in_block


def _is_clean(connection: TrioConnection[Any]) -> bool:
    return (
        not _busy(connection)
        and not connection.endangered
        and connection.pgconn.status == pq.ConnStatus.OK
        and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE
        and connection.pgconn.pipeline_status == pq.PipelineStatus.OFF
    )
