"""One connection for a test, to a PostgreSQL that all tests share."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from trio_smith.store.postgres import TrioConnection
from trio_smith.testing.postgres import Postgres


@pytest.fixture
def dsn(smith_postgres: Postgres) -> str:
    """Where it is."""
    return smith_postgres.dsn


@pytest.fixture
async def connection(dsn: str) -> AsyncGenerator[TrioConnection[Any]]:
    """One that commits by itself."""
    connection = await TrioConnection.connect(dsn, autocommit=True)
    yield connection
    await connection.close()
