"""Lend connections, first come, first served."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from .._errors import PoolClosed, PoolTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ._line import Line

MAX_LIFE: Final = 3_600.0
"""Seconds after which one is closed, give or take a tenth, so that they do not all go at once."""


class Lines:
    """At most *size* connections that *connect* makes; who waits for one does so for *timeout* seconds."""

    def __init__(
        self, connect: Callable[[], Awaitable[Line]], *, dsn: str, size: int, timeout: float
    ) -> None:
        self._open, self._dsn, self._size, self._timeout = connect, dsn, size, timeout
        # Whoever holds one of these may have a connection: it is the queue and the count.
        self._slots = trio.Semaphore(size)
        self._idle: list[tuple[Line, float]] = []
        self._closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Line]:
        """Lend one to a block; the one that was given back last, or a new one.

        Cancellation: at any time; nothing stays lent.

        Raises:
            PoolTimeout: None became free in time.
            PoolClosed: It was closed.
            psycopg.OperationalError: The server cannot be reached.
        """
        await self._slot()
        try:
            line, ends = await self._take()
            try:
                yield line
            finally:
                self._give_back(line, ends)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()

    async def _slot(self) -> None:
        with trio.move_on_after(self._timeout) as scope:
            await self._slots.acquire()
        if scope.cancelled_caught:
            waiting = self._slots.statistics().tasks_waiting
            raise PoolTimeout(dsn=self._dsn, size=self._size, seconds=self._timeout, waiting=waiting)
        if self._closed:
            self._slots.release()
            raise PoolClosed(dsn=self._dsn)

    async def _take(self) -> tuple[Line, float]:
        while self._idle:
            line, ends = self._idle.pop()
            if line.is_alive():
                return line, ends
            line.close()
        line = await self._open()
        return line, trio.current_time() + MAX_LIFE * random.uniform(0.9, 1.1)

    def _give_back(self, line: Line, ends: float) -> None:
        if line.is_clean() and not self._closed and trio.current_time() < ends:
            self._idle.append((line, ends))
        else:
            line.close()
