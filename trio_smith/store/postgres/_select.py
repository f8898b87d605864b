"""Answer a query of the application: it reads, fetches what it wants, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from .._errors import written_in_a_query
from ._connections import has_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..sql import Row
    from ..sql._statement import Parameters
    from ._connections import Connection

READ_ONLY: Final = "SET TRANSACTION READ ONLY"
DECLARE: Final = b"DECLARE smith_select NO SCROLL CURSOR FOR "
NO_CURSOR: Final = (
    psycopg.errors.SyntaxError,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InvalidCursorDefinition,
)
"""What the server says when it makes no cursor of a statement: it explains, shows, writes, or is wrong."""


async def select(
    text: bytes,
    parameters: Parameters,
    *,
    limit: int,
    connection: Connection,
    more: Callable[[], None],
) -> list[Row]:
    """Return the first *limit* rows of the one statement *text*; *more* is called before each step.

    The server makes no more than these, where it can. What the statement changes, for the session too, is
    undone.

    Raises:
        StoreReadOnly: It would write.

    Cancellation: of the statement; the transaction is rolled back.
    """
    try:
        try:
            async with connection.transaction(force_rollback=True):
                more()
                await connection.execute(READ_ONLY)
                await connection.execute(DECLARE + text, parameters, prepare=False)
                more()
                fetch = f"FETCH FORWARD {limit} FROM smith_select".encode()
                return await (await connection.execute(fetch, prepare=False)).fetchall()
        except NO_CURSOR:
            # As it is: what is wrong with it is said in its own words, and the rest has few rows.
            async with connection.transaction(force_rollback=True):
                more()
                await connection.execute(READ_ONLY)
                cursor = await connection.execute(text, parameters, prepare=False)
                return await cursor.fetchmany(limit) if has_rows(cursor) else []
    except psycopg.errors.ReadOnlySqlTransaction as error:
        said = str(error).partition("\n")[0]
        raise written_in_a_query(why=f"PostgreSQL says: {said}") from error
