"""Stores in PostgreSQL to test, with a clock that the test moves."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from trio_smith.store import Execute, PostgresOptions, open_store
from trio_smith.testing import StoreUnderTest
from trio_smith.testing.postgres import Postgres

NUMBERS: Final = count(1)

# In the place of the server's clock, one that stands still until it is moved.
HAND_CLOCK: Final = (
    "CREATE TABLE hand_clock (now double precision NOT NULL)",
    "INSERT INTO hand_clock VALUES (1700000000)",
    """CREATE OR REPLACE FUNCTION smith_now() RETURNS double precision LANGUAGE sql STABLE
       AS $body$ SELECT now FROM hand_clock $body$""",
)


def url_of(postgres: Postgres, database: str) -> str:
    """Return the URL of a database on *postgres*."""
    parameters = conninfo_to_dict(postgres.dsn)
    where = f"host={parameters['host']}&port={parameters.get('port', 5432)}"
    return f"postgresql://{parameters.get('user', '')}@/{database}?{where}"


def new_database(postgres: Postgres) -> str:
    """Make an empty database; return its name."""
    name = f"store_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return name


def url_of_new_schema(postgres: Postgres) -> str:
    """Make an empty schema; return its URL. To us it is as good as a database, and far cheaper."""
    name = f"store_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    database = str(conninfo_to_dict(postgres.dsn).get("dbname", "postgres"))
    return f"{url_of(postgres, database)}&options=-csearch_path%3D{name}"


@asynccontextmanager
async def in_postgres(
    postgres: Postgres, *, options: PostgresOptions | None = None
) -> AsyncGenerator[StoreUnderTest]:
    """Open a store in a schema of its own, with the clock that is moved by hand."""
    url = url_of_new_schema(postgres)
    async with open_store(url, postgres=options or PostgresOptions(connections=4), poll=0.02) as store:
        for statement in HAND_CLOCK:
            await store.commit(Execute(statement))

        async def advance(seconds: float) -> None:
            await store.commit(Execute("UPDATE hand_clock SET now = now + :by", {"by": seconds}))

        async def tamper(chain: str, position: int) -> None:
            where = {"chain": chain, "position": position, "data": b'"forged"'}
            await store.commit(
                Execute("DROP TRIGGER smith_audit_append_only ON smith_audit"),
                Execute(
                    "UPDATE smith_audit SET data = :data WHERE chain = :chain AND position = :position", where
                ),
            )

        yield StoreUnderTest(store, advance=advance, tamper=tamper)
