"""A store in PostgreSQL keeps every promise, as the others do."""

import pytest

from tests.store.in_postgres import in_postgres
from trio_smith.store import PostgresOptions
from trio_smith.testing import check_store
from trio_smith.testing.postgres import Postgres


async def test_a_store_in_postgresql_keeps_every_promise(smith_postgres: Postgres) -> None:
    """The same ones, word for word."""
    checked = await check_store(lambda: in_postgres(smith_postgres))
    assert len(checked) == len(set(checked)) >= 56


@pytest.mark.long
async def test_it_does_so_with_one_connection_for_all(smith_postgres: Postgres) -> None:
    """Two, of which one listens: whatever is asked at once is done in turn."""
    few = PostgresOptions(connections=2)
    await check_store(lambda: in_postgres(smith_postgres, options=few))


@pytest.mark.long
async def test_it_does_so_with_its_connections_in_threads(smith_postgres: Postgres) -> None:
    """Whatever drives them."""
    threads = PostgresOptions(connections=4, driver="threads")
    checked = await check_store(lambda: in_postgres(smith_postgres, options=threads))
    assert len(checked) >= 56
