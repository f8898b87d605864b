"""What is asked for all the time is found by an index, in tables that have grown and have been analyzed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
import trio

from tests.store.in_postgres import url_of_new_schema
from trio_smith.store import PostgresOptions, Store, open_store
from trio_smith.store.sql import for_postgres
from trio_smith.store.sql._queue import CLAIM_IF_SOUND

if TYPE_CHECKING:
    from trio_smith.testing.postgres import Postgres

ROWS: Final = 20_000
FILL: Final = """
    INSERT INTO smith_streams SELECT 's' || i, 1 FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_streams VALUES ('long', {ROWS}), ('smith:outbox:there', {ROWS});
    INSERT INTO smith_events SELECT 's' || i, 1, 0, '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_events SELECT 'long', i, 0, '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_events SELECT 'smith:outbox:there', i, 0, '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_snapshots SELECT 's' || i, 1, 0, '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_jobs (queue, data, due_at, max_attempts)
        SELECT 'q', '1', i, 5 FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_dead_letters (id, queue, data, attempts, max_attempts, reason, at)
        SELECT 1000000 + i, 'q', '1', 5, 5, 'tired', 0 FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_leases SELECT 's' || i, 'me', 1, 0 FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_keys_values SELECT 's' || i, '1', i, 1 + i FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_keys_values SELECT 'gone' || i, NULL, i, 1 + i FROM generate_series(1, {ROWS}) i;
    UPDATE smith_revision SET revision = {ROWS};
    INSERT INTO smith_audit_ends SELECT 's' || i, 1, '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_audit SELECT 's' || i, 1, 0, '1', '1' FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_inbox SELECT 'me', 's' || i, 1 FROM generate_series(1, {ROWS}) i;
    INSERT INTO smith_commits SELECT 's' || i, '1', '[1]', i FROM generate_series(1, {ROWS}) i"""
READ_OF_EVENTS: Final = """
    SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes
    WHERE schemaname = current_schema() AND relname = 'smith_events'"""
READ_OF_JOBS: Final = """
    SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND relname = 'smith_jobs'"""
READ_WHOLE: Final = """
    SELECT relname, seq_scan FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND seq_scan > 0 ORDER BY relname"""
SMALL: Final = ("smith_revision", "smith_migrations")
"""One row, and one for each migration."""


async def _filled(postgres: Postgres) -> str:
    url = url_of_new_schema(postgres)
    async with open_store(url):
        pass
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL.replace("{ROWS}", str(ROWS)))
        connection.execute("VACUUM ANALYZE")
        connection.execute("SELECT pg_stat_reset()")
    return url


async def _told(connection: psycopg.Connection) -> None:
    """Wait until the processes that served a store have gone: what they did is counted when they end."""
    others = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
    with trio.fail_after(10):
        while connection.execute(others).fetchone() != (0,):  # noqa: ASYNC110 - PostgreSQL sets no events
            await trio.sleep(0.02)


async def _work(store: Store) -> None:
    await store.journal.append("s7", [1], expected=1, key="k1")
    await store.journal.read("long", after=ROWS - 10)
    await store.snapshots.load("s7")
    for _ in range(12):  # psycopg prepares a statement that comes again, and the server plans it anew then
        done, *failed = await store.queue.claim("q", limit=100)
        await store.queue.complete(done)
        await store.queue.fail(failed[0], "oh", retry_in=1.0)
        await store.queue.bury(failed[1], "oh")
    letters = await store.queue.dead_letters("q", after=100)
    await store.queue.replay("q", [letters[0].id])
    await store.queue.discard("q", [letters[1].id])
    await store.timers.set("t", None, delay=1.0)
    lease = await store.leases.take("s7", holder="me")
    assert lease is not None
    await store.leases.renew(lease)
    await store.keys.get("s7")
    await store.keys.put("s7", 1)
    await store.keys.scan("s77")
    await store.audit.record("s7", 1)
    await store.audit.read("s7")
    await store.outbox.post("there", [1])
    await store.outbox.pending("there", after=ROWS - 10)
    await store.outbox.destinations()
    await store.inbox.accept("me", "s7", sequence=2)


async def test_no_table_is_read_whole(smith_postgres: Postgres) -> None:
    """By the server's own account."""
    url = await _filled(smith_postgres)
    async with open_store(url) as store:
        await _work(store)
    with psycopg.connect(url, autocommit=True) as connection:
        await _told(connection)
        read = dict(connection.execute(READ_WHOLE).fetchall())
    assert not {table: times for table, times in read.items() if table not in SMALL}


async def test_for_whom_messages_wait_is_told_without_reading_them(smith_postgres: Postgres) -> None:
    """However many there are for each."""
    url = await _filled(smith_postgres)
    async with open_store(url) as store:
        assert await store.outbox.destinations() == ("there",)
    with psycopg.connect(url, autocommit=True) as connection:
        await _told(connection)
        ((read,),) = connection.execute(READ_OF_EVENTS).fetchall()
    assert read < 10


async def test_a_claim_finds_its_jobs_by_the_index_in_a_queue_that_was_empty(
    smith_postgres: Postgres,
) -> None:
    """A plan that is kept is made for the table as it is then: an empty one is read whole in no time."""
    url = url_of_new_schema(smith_postgres)
    with psycopg.connect(url, autocommit=True) as connection:
        async with open_store(url, postgres=PostgresOptions(connections=2)) as store:
            connection.execute("ALTER TABLE smith_jobs SET (autovacuum_enabled = off)")
            connection.execute("VACUUM ANALYZE smith_jobs")
            for _ in range(20):
                assert not await store.queue.claim("q", limit=10)
            await store.queue.enqueue_many("q", [1] * 5_000)
            for _ in range(20):
                assert len(await store.queue.claim("q", limit=10)) == 10
        await _told(connection)
        # Each job was found once, and none was passed over.
        assert connection.execute(READ_OF_JOBS).fetchall() == [(0, 200)]


async def test_a_claim_locks_no_more_than_it_takes(smith_postgres: Postgres) -> None:
    """The others are for whoever claims beside it."""
    url = await _filled(smith_postgres)
    asked = {"queue": "q", "limit": 10, "lease": 60.0}
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        assert len(one.execute(for_postgres(CLAIM_IF_SOUND), asked).fetchall()) == 10
        free = other.execute("SELECT id FROM smith_jobs FOR UPDATE SKIP LOCKED").fetchall()
        assert len(free) == ROWS - 10
