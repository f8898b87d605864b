"""Ask the server to cancel what a connection does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import trio
from psycopg import pq
from trio.lowlevel import wait_readable, wait_writable

if TYPE_CHECKING:
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
        request = pgconn.get_cancel()
        # A server that is silent keeps the thread until its machine closes the connection.
        await trio.to_thread.run_sync(request.cancel, abandon_on_cancel=True, limiter=threads)
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
