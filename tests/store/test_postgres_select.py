"""What an application asks of PostgreSQL in its own words: it reads, and no more than it wants."""

from __future__ import annotations

import pytest

from tests.store.in_postgres import url_of_new_schema
from trio_smith.store import (
    Execute,
    PostgresOptions,
    Select,
    StatementFailed,
    Store,
    StoreReadOnly,
    open_store,
)
from trio_smith.testing.postgres import Postgres

TABLE = Execute("CREATE TABLE mine (number integer)")
WRITING = Execute(
    """CREATE FUNCTION writing() RETURNS integer LANGUAGE sql
       AS 'INSERT INTO mine VALUES (1) RETURNING number'"""
)
COUNT = Select("SELECT count(*) FROM mine")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT writing()",
        "WITH one AS (INSERT INTO mine VALUES (1) RETURNING number) SELECT number FROM one",
        "INSERT INTO mine VALUES (1) RETURNING number",
        "; INSERT INTO mine VALUES (1) RETURNING number",
        "SELECT number INTO other FROM mine",
        "SELECT nextval('counter')",
        "CREATE TABLE other (number integer)",
    ],
)
async def test_a_query_cannot_write(smith_postgres: Postgres, statement: str) -> None:
    """As in SQLite, where readers have connections that cannot."""
    async with open_store(url_of_new_schema(smith_postgres)) as store:
        await store.commit(TABLE, WRITING, Execute("CREATE SEQUENCE counter"))
        with pytest.raises(StoreReadOnly, match="Execute"):
            await store.ask(Select(statement))
        assert await store.ask(COUNT) == ((0,),)


async def test_what_a_query_sets_is_gone_with_it(smith_postgres: Postgres) -> None:
    """Its connection is lent to others afterwards."""
    options = PostgresOptions(connections=2)
    async with open_store(url_of_new_schema(smith_postgres), postgres=options) as store:
        await store.ask(Select("SELECT set_config('work_mem', '77MB', false)"))
        for _ in range(3):
            assert await store.ask(Select("SELECT current_setting('work_mem')")) != (("77MB",),)


async def test_no_more_rows_are_made_than_are_wanted(smith_postgres: Postgres) -> None:
    """A billion of them would neither fit here nor be done in time."""
    options = PostgresOptions(statement_timeout=2.0)
    async with open_store(url_of_new_schema(smith_postgres), postgres=options) as store:
        # Not generate_series in FROM: that is made whole before the first row of it is given.
        series = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT n FROM n"
        asked = Select(series + " WHERE n > :least", {"least": 5}, limit=3)
        for _ in range(10):  # psycopg prepares what comes often
            assert await store.ask(asked) == ((6,), (7,), (8,))
        assert len(await store.ask(Select(series, limit=10_000))) == 10_000


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("SHOW server_version_num", None),
        ("EXPLAIN SELECT 1", None),
        ("VALUES (1), (2)", (1,)),
        ("TABLE mine", (7,)),
        (" ; -- one\n SELECT 1 ;", (1,)),
        ("(SELECT 1) UNION ALL (SELECT 2)", (1,)),
        ("SELECT '100 %' || :more /* % :no */", ("100 %…",)),
    ],
)
async def test_whatever_answers_with_rows_can_be_asked(
    smith_postgres: Postgres, statement: str, first: tuple[object, ...] | None
) -> None:
    """Also what no cursor can be made of."""
    async with open_store(url_of_new_schema(smith_postgres)) as store:
        await store.commit(TABLE, Execute("INSERT INTO mine VALUES (7)"))
        rows = await store.ask(Select(statement, {"more": "…"} if ":more" in statement else None))
        assert first is None or rows[0] == first
        assert rows


async def test_what_is_no_sql_is_said_as_it_was_written(smith_postgres: Postgres) -> None:
    """And not as what we make of it."""
    async with open_store(url_of_new_schema(smith_postgres)) as store:
        with pytest.raises(StatementFailed, match='at or near "SELCT"'):
            await store.ask(Select("SELCT 1"))
        assert await _usable(store)


async def test_rows_that_were_only_read_are_not_changed(smith_postgres: Postgres) -> None:
    """As in the other databases; the server counts them all."""
    async with open_store(url_of_new_schema(smith_postgres)) as store:
        await store.commit(TABLE)
        assert await store.commit(
            Execute("INSERT INTO mine SELECT generate_series(1, 3)"),
            Execute("SELECT * FROM mine"),
            Execute("CREATE TABLE other AS SELECT * FROM mine"),
            Execute("WITH one AS (SELECT 1) UPDATE mine SET number = 0 WHERE number > 1"),
        ) == (3, 0, 0, 2)


async def _usable(store: Store) -> bool:
    return await store.ask(Select("SELECT 1")) == ((1,),)
