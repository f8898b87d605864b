"""A store in a database of PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import trio

from .._beside import beside
from ._adapter import PostgresAdapter
from .pool import PoolOptions, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .._postgres_options import PostgresOptions
    from .._url import PostgresUrl
    from .driver import TrioConnection

CONNECT_TIMEOUT: Final = 10
"""Seconds to wait for a connection, unless the URL says otherwise."""

LAST_WORDS: Final = 1.0
"""Seconds at the most for telling others, at the end, what was written for them."""

GRACE: Final = 5.0
"""Seconds at the most that a server has, beyond its own time for a statement, to say what became of it."""


@asynccontextmanager
async def open_postgres(url: PostgresUrl, *, options: PostgresOptions) -> AsyncGenerator[PostgresAdapter]:
    """Open the database at *url*, which has our tables."""
    given: dict[str, Any] = {name: secret.reveal() for name, secret in url.secrets}
    if "connect_timeout=" not in url.address:
        given["connect_timeout"] = CONNECT_TIMEOUT
    given["grace"] = grace = min(GRACE, options.statement_timeout)
    kept = PoolOptions(size=options.connections, timeout=options.acquire_timeout)
    limit = f"{round(options.statement_timeout * 1000)}ms"

    async def configure(connection: TrioConnection[Any]) -> None:
        await connection.execute("SELECT set_config('statement_timeout', %s, false)", [limit])

    async with open_pool(url.address, options=kept, configure=configure, autocommit=True, **given) as pool:
        adapter = PostgresAdapter(pool, limit=options.statement_timeout + grace, grace=grace)
        async with beside(adapter.listen), beside(adapter.tell):
            try:
                yield adapter
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + LAST_WORDS):
                    await adapter.tell_now()
