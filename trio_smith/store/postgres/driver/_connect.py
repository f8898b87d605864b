"""Open the connection below psycopg's: one host after the other, each within its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import trio
from psycopg import pq
from psycopg.conninfo import conninfo_attempts, make_conninfo, timeout_from_conninfo

from ._wait import polled

if TYPE_CHECKING:
    from psycopg.abc import ConnDict
    from psycopg.pq.abc import PGconn


async def connect_any(parameters: ConnDict) -> PGconn:
    """Connect to the first host of *parameters* that lets us in, and return that connection.

    Each has ``connect_timeout`` seconds. Names are looked up in a thread, which a cancellation leaves.

    Raises:
        psycopg.OperationalError: None did; the text says why, host by host.
    """
    seconds = timeout_from_conninfo(parameters)
    attempts = await trio.to_thread.run_sync(conninfo_attempts, parameters, abandon_on_cancel=True)
    failures: list[tuple[psycopg.Error, str]] = []
    for attempt in attempts:
        where = ", ".join(
            f"{word}: {attempt[word]!r}" for word in ("host", "port", "hostaddr") if word in attempt
        )
        try:
            with trio.fail_after(seconds):
                return await _connect(make_conninfo("", **attempt))
        except trio.TooSlowError:
            late = psycopg.errors.ConnectionTimeout(f"no connection within {seconds} s")
            failures.append((late, where))
        except psycopg.Error as error:
            failures.append((error, where))
    last, _ = failures[-1]
    if len(failures) == 1:
        raise last
    lines = [f"- {where}: {failure}" for failure, where in failures]
    raise type(last)("\n".join([f"{last}", "All attempts failed:", *lines]))


async def _connect(conninfo: str) -> PGconn:
    connection = pq.PGconn.connect_start(conninfo.encode())
    done = False
    try:
        done = connection.status != pq.ConnStatus.BAD and await polled(connection.connect_poll, connection)
        said = connection.error_message.decode("utf-8", "replace").strip()
    finally:
        if not done:
            connection.finish()
    if not done:
        raise psycopg.OperationalError(f"connection failed: {said}")
    connection.nonblocking = 1
    return connection
