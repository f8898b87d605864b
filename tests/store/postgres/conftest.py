"""One connection for a test, to a PostgreSQL that all tests share."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from trio_smith.store.postgres import TrioConnection
from trio_smith.testing.postgres import Postgres, throwaway_postgres


@pytest.fixture
def dsn(smith_postgres: Postgres) -> str:
    """Where it is."""
    return smith_postgres.dsn


@pytest.fixture(scope="session")
def own_postgres() -> Generator[Postgres]:
    """One that is ours, with a socket that we know, whatever is named for the others."""
    with throwaway_postgres(own=True) as postgres:
        yield postgres


@pytest.fixture
async def connection(dsn: str) -> AsyncGenerator[TrioConnection[Any]]:
    """One that commits by itself."""
    connection = await TrioConnection.connect(dsn, autocommit=True)
    yield connection
    await connection.close()
