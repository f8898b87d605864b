"""Carry out the programs of a store on a pool of connections that Trio drives."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ._connections import SET_LIMIT, milliseconds
from ._hints import CHANNEL, TELL
from ._patience import patience
from ._run import run, run_alone
from .pool import PoolOptions, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from .._postgres_options import PostgresOptions
    from ..sql import Program
    from .driver import TrioConnection
    from .pool import TrioPool

R = TypeVar("R")


@asynccontextmanager
async def open_on_trio(
    dsn: str, *, options: PostgresOptions, grace: float, parameters: Mapping[str, Any]
) -> AsyncGenerator[OnTrio]:
    """Open them round a block; *grace* as in `TrioConnection.connect`."""
    kept = PoolOptions(size=options.connections, timeout=options.acquire_timeout)
    limit = milliseconds(options.statement_timeout)

    async def configure(connection: TrioConnection[Any]) -> None:
        await connection.execute(SET_LIMIT, [limit])

    async with open_pool(
        dsn, options=kept, configure=configure, autocommit=True, grace=grace, **parameters
    ) as pool:
        yield OnTrio(pool, limit=options.statement_timeout + grace)


class OnTrio:
    """`Connections` of *pool*; the server has *limit* seconds for each statement.

    It gives up by itself before. The limit is for a server of which nothing is heard any more.
    """

    def __init__(self, pool: TrioPool, *, limit: float) -> None:
        self._pool, self._limit = pool, limit

    async def transact(self, begin: Callable[[], Program[R]], *, what: str, alone: bool = False) -> R:
        """See `Connections.transact`."""
        async with self._pool.connection() as connection:
            with patience(self._limit, what=what) as more:
                if alone:
                    return await run_alone(begin(), connection)
                async with connection.transaction():
                    more()
                    return await run(begin(), connection, more=more)

    async def query(self, program: Program[R], *, what: str) -> R:
        """See `Connections.query`."""
        async with self._pool.connection() as connection:
            with patience(self._limit, what=what) as more:
                return await run(program, connection, more=more)

    async def tell(self, parameters: Mapping[str, Any], *, what: str) -> None:
        """See `Connections.tell`."""
        async with self._pool.connection() as connection:
            with patience(self._limit, what=what):
                await connection.execute(TELL, parameters)

    async def listen(self, *, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
        """See `Connections.listen`."""
        async with self._pool.connection() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            begun()
            async for notice in connection.notifies():
                heard(notice.payload)
