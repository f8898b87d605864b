"""A psycopg that is made differently inside can still keep a store."""

from __future__ import annotations

import subprocess
import sys

from tests.store.in_postgres import url_of_new_schema
from trio_smith.testing.postgres import Postgres

CHANGED = """
import sys, psycopg, psycopg.generators, trio
# As if the next psycopg had neither of them.
del psycopg.generators.fetch_many, psycopg.AsyncConnection
from trio_smith.store import PostgresOptions, open_store

async def keep(driver):
    async with open_store(sys.argv[1], postgres=PostgresOptions(driver=driver)) as store:
        await store.keys.put("key", driver)
        print((await store.keys.get("key")).value)

trio.run(keep, "threads")

def use_trio():
    trio.run(keep, "trio")

def ask_for_a_name():
    from trio_smith.store.postgres import open_pool

for attempt in (use_trio, ask_for_a_name):
    try:
        attempt()
    except ImportError as error:
        print(type(error).__name__, error)
"""


def test_a_psycopg_that_trio_cannot_drive_can_be_used_in_threads(smith_postgres: Postgres) -> None:
    """That is what the other driver is for; who asks for the first is told of it."""
    url = url_of_new_schema(smith_postgres)
    ran = subprocess.run([sys.executable, "-c", CHANGED, url], capture_output=True, text=True, check=True)
    first, *others = ran.stdout.splitlines()
    assert first == "threads"
    assert len(others) == 2
    for said in others:
        assert said.startswith("PsycopgMissing cannot use PostgreSQL: psycopg 3.")
        assert "PostgresOptions(driver='threads')" in said
