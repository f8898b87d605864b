"""Both kinds of databases, each empty."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from trio_smith.testing.postgres import Postgres

NUMBERS = itertools.count(1)


@pytest.fixture
def postgres(smith_postgres: Postgres) -> Iterator[str]:
    """Return the URL of an empty database of PostgreSQL."""
    name = f"migrated_{os.getpid()}_{next(NUMBERS)}"
    options = {**conninfo_to_dict(smith_postgres.dsn), "dbname": name}
    with psycopg.connect(smith_postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"postgresql:///?{urlencode(options)}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Return the URL of a file that does not exist yet."""
    return f"sqlite:{tmp_path / 'migrated.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database, of the one kind and of the other."""
    found: str = request.getfixturevalue(request.param)
    return found
