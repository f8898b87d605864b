"""A store in a database of PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from .._beside import beside
from ._adapter import PostgresAdapter
from .pool import PoolOptions, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .._postgres_options import PostgresOptions
    from .._url import PostgresUrl
    from .driver import TrioConnection


@asynccontextmanager
async def open_postgres(url: PostgresUrl, *, options: PostgresOptions) -> AsyncGenerator[PostgresAdapter]:
    """Open the database at *url*, which has our tables."""
    secrets = {name: secret.reveal() for name, secret in url.secrets}
    kept = PoolOptions(size=options.connections, timeout=options.acquire_timeout)
    limit = f"{round(options.statement_timeout * 1000)}ms"

    async def configure(connection: TrioConnection[Any]) -> None:
        await connection.execute("SELECT set_config('statement_timeout', %s, false)", [limit])

    async with open_pool(url.address, options=kept, configure=configure, autocommit=True, **secrets) as pool:
        adapter = PostgresAdapter(pool)
        async with beside(adapter.listen):
            yield adapter
