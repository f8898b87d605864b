"""Both kinds of databases, each empty."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.store.migrations.cluster import cluster, fresh_database

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the URL of a server of PostgreSQL; where there can be none, tests fail and are not skipped."""
    with cluster() as url:
        yield url


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """Return the URL of an empty database of PostgreSQL."""
    with fresh_database(server, f"migrated_{next(NUMBERS)}") as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Return the URL of a file that does not exist yet."""
    return f"sqlite:{tmp_path / 'migrated.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database, of the one kind and of the other."""
    found: str = request.getfixturevalue(request.param)
    return found
