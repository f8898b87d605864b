"""A store in a database of PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import trio

from .._beside import beside
from ._adapter import PostgresAdapter
from ._psycopg import changed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AbstractAsyncContextManager

    from .._postgres_options import PostgresOptions
    from .._url import PostgresUrl
    from ._connections import Connections

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
    grace = min(GRACE, options.statement_timeout)
    async with _connections(url.address, options=options, grace=grace, parameters=given) as connections:
        adapter = PostgresAdapter(connections, grace=grace)
        async with beside(adapter.listen), beside(adapter.tell):
            try:
                yield adapter
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + LAST_WORDS):
                    await adapter.tell_now()


def _connections(
    dsn: str, *, options: PostgresOptions, grace: float, parameters: Mapping[str, Any]
) -> AbstractAsyncContextManager[Connections]:
    # Only the one that is asked for: each must serve where the other cannot be imported.
    if options.driver == "threads":
        from .threads import open_in_threads  # noqa: PLC0415

        return open_in_threads(dsn, options=options, grace=grace, parameters=parameters)
    try:
        from ._on_trio import open_on_trio  # noqa: PLC0415
    except (ImportError, AttributeError, TypeError) as error:
        raise changed(error) from error
    return open_on_trio(dsn, options=options, grace=grace, parameters=parameters)
