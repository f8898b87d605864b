"""Ask the server to cancel what a connection does."""

from __future__ import annotations

import ctypes
from importlib import import_module
from typing import TYPE_CHECKING, Any

import psycopg
import trio
from psycopg import pq
from trio.lowlevel import wait_readable, wait_writable

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.pq.abc import PGconn

WITH_POLL = 170000
"""From this libpq on a request can be sent without blocking, encrypted as the connection is."""


async def send_cancel(pgconn: PGconn, *, threads: trio.CapacityLimiter) -> None:
    """Ask the server to cancel what *pgconn* does; return when it has passed the request on.

    What the connection is asked for afterwards is out of danger then. If this is cancelled it is not: the
    request may hit anything later.

    Raises:
        psycopg.OperationalError: The request did not get there.
    """
    if pq.version() < WITH_POLL:
        # A server that is silent keeps the thread until its machine closes the connection.
        await trio.to_thread.run_sync(_blocking(pgconn), abandon_on_cancel=True, limiter=threads)
        return
    cancelling = pgconn.cancel_conn()
    try:
        cancelling.start()
        while True:
            status = cancelling.poll()
            if status == pq.PollingStatus.READING:
                await wait_readable(cancelling.socket)
            elif status == pq.PollingStatus.WRITING:
                await wait_writable(cancelling.socket)
            elif status == pq.PollingStatus.OK:
                return
            else:
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
        try:
            sent = libpq.PQcancel(request, said, ctypes.c_int(len(said)))
        finally:
            libpq.PQfreeCancel(request)
        if not sent:
            raise psycopg.OperationalError(f"cannot cancel: {said.value.decode('utf-8', 'replace')}")

    return send
