"""Open a pool for a block."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio

from ..driver import TrioConnection
from ._options import PoolOptions, masked
from ._pool import TrioPool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable


@asynccontextmanager
@trio.lowlevel.enable_ki_protection
async def open_pool(
    dsn: str,
    *,
    options: PoolOptions | None = None,
    configure: Callable[[TrioConnection[Any]], Awaitable[None]] | None = None,
    **parameters: Any,
) -> AsyncGenerator[TrioPool]:
    """Open a pool of connections to *dsn* for a block; nothing is connected before it is asked for.

    *configure* is awaited with each new connection. All other words are those of `TrioConnection.connect`.
    Errors of the block come out as they are.

    Cancellation: the end of the block waits for nobody: what is idle is closed, and what is still lent is
    closed when it comes back.

    Raises:
        BadUse: *dsn* or the options make no sense.
    """
    chosen = options if options is not None else PoolOptions()

    async def connect() -> TrioConnection[Any]:
        connection: TrioConnection[Any] = await TrioConnection.connect(dsn, **parameters)
        try:
            if configure is not None:
                await unprotected(configure, connection)
                await connection.commit()
        except BaseException:
            connection.cut()
            raise
        return connection

    pool = TrioPool(connect, dsn=masked(dsn), options=chosen)
    failure: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.keep)
            try:
                yield pool
            except trio.Cancelled:
                raise
            except BaseException as error:  # noqa: ASYNC103, BLE001 - raised below, past the nursery, which wraps it
                failure = error
            finally:
                pool.close()
                nursery.cancel_scope.cancel()
    except BaseException:  # noqa: ASYNC103 - only what says less than the failure of the block
        if failure is None:
            raise
    if failure is not None:
        raise failure


@trio.lowlevel.disable_ki_protection
async def unprotected(
    configure: Callable[[TrioConnection[Any]], Awaitable[None]], connection: TrioConnection[Any]
) -> None:
    """Let Ctrl-C interrupt *configure* at any time, as all code of the user."""
    await configure(connection)
