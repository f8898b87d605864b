"""What tests of migrations share: scripts, a look into a database, and faults at any statement."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from trio_smith.store import Migrations, open_migrations
from trio_smith.store.migrations._place import Access, Place
from trio_smith.store.migrations._program import Program
from trio_smith.store.migrations._schema import DUMP
from trio_smith.store.migrations._script import Database

R = TypeVar("R")

SCRIPTS = {
    "0001_planets.up.sql": "CREATE TABLE planets (name text UNIQUE);\nINSERT INTO planets VALUES ('; Mars');",
    "0001_planets.down.sql": "DROP TABLE planets;",
    "0002_moons.up.sql": "CREATE TABLE moons (name text);\nCREATE INDEX moons_name ON moons (name);",
    "0002_moons.down.sql": "DROP INDEX moons_name;\nDROP TABLE moons;",
    "0003_size.up.sql": "ALTER TABLE moons ADD COLUMN size integer;\nINSERT INTO moons VALUES ('Io', 1);",
    "0003_size.down.sql": "ALTER TABLE moons DROP COLUMN size;",
}


def write(folder: Path, scripts: Mapping[str, str] = SCRIPTS) -> Path:
    """Write *scripts* into *folder*, and return it."""
    folder.mkdir(exist_ok=True)
    for name, text in scripts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run *statement* as somebody else would, and return the rows."""
    if not url.startswith("sqlite:"):
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:"), isolation_level=None)) as file:
        return file.execute(statement).fetchall()


def schema(url: str) -> dict[str, str]:
    """Return what the database at *url* defines."""
    kind = Database.SQLITE if url.startswith("sqlite:") else Database.POSTGRES
    return dict(ask(url, DUMP[kind]))


def history(url: str) -> list[tuple[str, int, str]]:
    """Return the history that the database at *url* keeps."""
    return ask(url, "SELECT owner, number, name FROM smith_migrations ORDER BY owner, number")


class FaultyPlace:
    """A place in which something happens before the n-th statement of all that are asked."""

    def __init__(self, inner: Place, at: int, deed: Callable[[], None]) -> None:
        self._inner, self._left, self._deed = inner, at, deed

    @property
    def database(self) -> Database:
        """That of the place itself."""
        return self._inner.database

    async def transact(self, program: Program[R], access: Access) -> R:
        """Do as the place does, with the fault in the midst of it."""
        return await self._inner.transact(self._struck(program), access)

    def _struck(self, program: Program[R]) -> Program[R]:
        try:
            asked = next(program)
            while True:
                self._left -= 1
                if self._left == 0:
                    self._deed()
                asked = program.send((yield asked))
        except StopIteration as end:
            returned: R = end.value
            return returned


@asynccontextmanager
async def faulty(
    url: str, folder: Path, *, at: int, deed: Callable[[], None]
) -> AsyncGenerator[Migrations, None]:
    """Open the migrations of *folder* with *deed* before the statement number *at*."""
    async with open_migrations(url, folder=folder) as migrations:
        migrations._place = FaultyPlace(migrations._place, at, deed)
        yield migrations
