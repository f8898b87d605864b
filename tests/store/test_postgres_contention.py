"""A transaction in PostgreSQL that stands in another one's way is carried out again."""

from __future__ import annotations

import psycopg
import trio

from tests.store.in_postgres import new_database, url_of, url_of_new_schema
from trio_smith.store import Append, Execute, open_store
from trio_smith.store.postgres import TrioConnection
from trio_smith.testing.postgres import Postgres

LOCK = "UPDATE smith_streams SET version = version WHERE stream = %s"

SOON = """DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 20', current_database());
END $$"""


REFUSE_TWICE = """
    CREATE SEQUENCE refused;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        IF nextval('refused') <= 2 THEN
            RAISE EXCEPTION 'try again' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NEW;
    END $body$;
    CREATE TRIGGER refuse BEFORE INSERT ON smith_jobs FOR EACH STATEMENT EXECUTE FUNCTION refuse()"""


async def test_jobs_that_are_put_in_together_are_put_in_again_together(smith_postgres: Postgres) -> None:
    """As PostgreSQL wants it of transactions that are serializable."""
    url = url_of_new_schema(smith_postgres)
    async with open_store(url) as store:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(REFUSE_TWICE)
        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(store.queue.enqueue, "q", number)
        assert (await store.queue.statistics("q")).ready == 5
        with psycopg.connect(url, autocommit=True) as connection:
            assert connection.execute("SELECT last_value > 2 FROM refused").fetchone() == (True,)


async def test_a_commit_that_was_given_up_for_another_one_succeeds(smith_postgres: Postgres) -> None:
    """Each has locked what the other one wants, and PostgreSQL lets ours fail: nobody hears of that."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SOON)
    async with open_store(url) as store, await TrioConnection.connect(url, autocommit=True) as other:
        await store.commit(Append("a", [1]), Append("b", [1]))
        # Who has waited that long looks whether it is a deadlock, and gives itself up: not this one.
        await other.execute("SET deadlock_timeout = '20s'")
        async with trio.open_nursery() as nursery, other.transaction():
            await other.execute(LOCK, ["b"])
            nursery.start_soon(
                store.commit, Append("a", [2]), Execute("SELECT pg_sleep(0.4)"), Append("b", [2])
            )
            await other.execute("SELECT pg_sleep(0.2)")
            await other.execute(LOCK, ["a"])
        assert [await store.journal.version(stream) for stream in "ab"] == [2, 2]
