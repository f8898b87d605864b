"""The request to cancel what a connection does."""

from __future__ import annotations

import ctypes
import weakref
from importlib import import_module
from typing import TYPE_CHECKING, Any

import psycopg
import trio
from psycopg import pq

from ._wait import polled

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.pq.abc import PGconn

WITH_POLL = 170000
"""From this libpq on a request can be sent without blocking, encrypted as the connection is."""


class CancelRequest:
    """Asks the server, over a connection of its own, to cancel what *pgconn* does."""

    def __init__(self, pgconn: PGconn, *, threads: trio.CapacityLimiter) -> None:
        self._pgconn, self._threads = pgconn, threads
        self.sent = False
        """Whether it may get there, or did. If `send` failed then, it may hit anything later."""

    async def send(self) -> None:
        """Send it; return when the server has passed it on, so that it hits nothing that comes later.

        Cancellation: at any time.

        Raises:
            psycopg.OperationalError: It did not get there, or nobody knows if `sent`.
        """
        if pq.version() >= WITH_POLL:
            await self._polled()
            return
        # A server that is silent keeps the thread until its machine closes the connection.
        send = _blocking(self._pgconn)
        self.sent = True
        try:
            await trio.to_thread.run_sync(send, abandon_on_cancel=True, limiter=self._threads)
        except psycopg.Error:
            # This one looks at nothing once it was sent.
            self.sent = False
            raise

    async def _polled(self) -> None:
        cancelling = self._pgconn.cancel_conn()

        def poll() -> int:
            self.sent = cancelling.status == pq.ConnStatus.AWAITING_RESPONSE
            status = cancelling.poll()
            self.sent |= cancelling.status == pq.ConnStatus.AWAITING_RESPONSE
            return status

        try:
            cancelling.start()
            if not await polled(poll, cancelling):
                raise psycopg.OperationalError(f"cannot cancel: {cancelling.get_error_message()}")
        finally:
            cancelling.finish()


def _blocking(pgconn: PGconn) -> Callable[[], None]:
    """Return what sends the request, and needs *pgconn* no more."""
    if pq.__impl__ == "python":
        return pgconn.get_cancel().cancel
    # The same function of psycopg's compiled part holds the interpreter's lock while it waits: before a
    # silent server the whole program would stand still. So we call libpq, which is loaded with that part.
    libpq = ctypes.CDLL(str(import_module(f"psycopg_{pq.__impl__}.pq").__file__))
    libpq.PQgetCancel.restype = ctypes.c_void_p
    compiled: Any = pgconn
    request = ctypes.c_void_p(libpq.PQgetCancel(ctypes.c_void_p(compiled.pgconn_ptr)))

    def send() -> None:
        said = ctypes.create_string_buffer(256)
        if not libpq.PQcancel(request, said, ctypes.c_int(len(said))):
            raise psycopg.OperationalError(f"cannot cancel: {said.value.decode('utf-8', 'replace')}")

    # It may never be called, if it is cancelled before its thread begins.
    weakref.finalize(send, libpq.PQfreeCancel, request)
    return send
