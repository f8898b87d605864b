"""The reference of the tables says what the scripts make, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from tests.docs.schema_page import MEANINGS, PAGE, page, tables
from tests.store.in_postgres import new_database, url_of
from trio_smith.store import migrate
from trio_smith.store.migrations._script import Database
from trio_smith.testing.postgres import Postgres

IN_POSTGRES = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name LIKE 'smith^_%' ESCAPE '^'"""
IN_SQLITE = """
    SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name LIKE 'smith^_%' ESCAPE '^'"""


def test_the_page_is_what_the_scripts_say() -> None:
    """Write it anew with: python -m tests.docs.schema_page."""
    assert PAGE.read_text("utf-8") == page()


def test_every_column_has_its_meaning_and_no_other_has() -> None:
    """A meaning of a column that is gone would be kept for ever."""
    for database in Database:
        assert {f"{one.name}.{column}" for one in tables(database) for column in one.columns} == set(MEANINGS)


async def test_sqlite_has_the_tables_of_the_page(tmp_path: Path) -> None:
    """What is read from the text of a script is not made by it for certain."""
    await migrate(f"sqlite:{tmp_path / 'x'}")
    with closing(sqlite3.connect(tmp_path / "x")) as connection:
        assert {row[0] for row in connection.execute(IN_SQLITE)} == set(MEANINGS)
        others = connection.execute(
            "SELECT name FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL"
        )
        assert [name for (name,) in others if f"`{name}`" not in page()] == []


async def test_postgresql_has_the_tables_of_the_page(smith_postgres: Postgres) -> None:
    """And their indexes, under the same names."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    await migrate(url)
    with psycopg.connect(url) as connection:
        assert {row[0] for row in connection.execute(IN_POSTGRES)} == set(MEANINGS)
        indexes = connection.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'smith%'")
        own = [name for (name,) in indexes if not name.endswith("_pkey")]
        assert own
        assert [name for name in own if f"`{name}`" not in page()] == []
