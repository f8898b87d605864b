"""A statement that is cancelled has no effect, or is told to have had one."""

from contextlib import aclosing
from typing import Any

import psycopg
import pytest
import trio

from trio_smith.store.postgres import TrioConnection
from trio_smith.store.postgres.driver import _wait

Connection = TrioConnection[Any]


async def one(connection: Connection, query: str) -> Any:
    """Return the only value of *query*."""
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]


async def test_a_cancelled_statement_is_stopped_at_the_server(connection: Connection, dsn: str) -> None:
    """And the connection can be used at once."""
    before = trio.current_time()
    with trio.move_on_after(0.05) as scope:
        await connection.execute("SELECT pg_sleep(30)")
    assert scope.cancelled_caught
    assert trio.current_time() - before < 5
    assert await one(connection, "SELECT 1") == 1
    asked = f"SELECT state FROM pg_stat_activity WHERE pid = {connection.info.backend_pid}"  # noqa: S608
    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        assert await one(other, asked) == "idle"


async def test_what_was_done_already_is_returned(connection: Connection) -> None:
    """Who is cancelled a moment too late has an effect to tell of; the next checkpoint raises."""
    await connection.execute("CREATE TEMP TABLE t (n int)")
    # It refuses to be cancelled, as something that is at its end would.
    deaf = (
        "DO $$ BEGIN PERFORM pg_sleep(0.3); EXCEPTION WHEN query_canceled THEN INSERT INTO t VALUES (1);"
        " END $$"
    )
    with trio.move_on_after(0.05) as scope:
        returned = await connection.execute(deaf)
        assert returned.statusmessage == "DO"
        with pytest.raises(trio.Cancelled):
            await trio.lowlevel.checkpoint()
    assert scope.cancel_called
    assert await one(connection, "SELECT count(*) FROM t") == 1


async def test_a_request_that_comes_too_early_is_sent_again(connection: Connection) -> None:
    """The first hits a step that catches it."""
    twice = (
        "DO $$ BEGIN BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN NULL; END;"
        " PERFORM pg_sleep(30); END $$"
    )
    before = trio.current_time()
    with trio.move_on_after(0.05) as scope:
        await connection.execute(twice)
    assert scope.cancelled_caught
    assert trio.current_time() - before < 4
    assert not connection.closed


async def test_a_server_that_does_not_stop_within_the_grace_loses_the_connection(dsn: str) -> None:
    """Its effect is unknown then, which a closed connection says."""
    connection = await TrioConnection.connect(dsn, autocommit=True, grace=0.3)
    deaf = (
        "DO $$ DECLARE i int; BEGIN FOR i IN 1..20 LOOP BEGIN PERFORM pg_sleep(0.5);"
        " EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$"
    )
    with trio.move_on_after(0.05) as scope:
        await connection.execute(deaf)
    assert scope.cancelled_caught
    assert connection.closed
    assert connection.broken
    with pytest.raises(psycopg.OperationalError):
        await connection.execute("SELECT 1")


async def test_a_copy_that_is_cancelled_copies_nothing(connection: Connection) -> None:
    """And the connection can be used at once."""
    await connection.execute("CREATE TEMP TABLE t (n int)")
    with trio.move_on_after(0.05) as scope:
        async with connection.cursor().copy("COPY t FROM STDIN") as copy:
            await copy.write_row((1,))
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert await one(connection, "SELECT count(*) FROM t") == 0
    with trio.move_on_after(0.05) as scope:
        async with connection.cursor().copy(
            "COPY (SELECT 1 FROM generate_series(1, 1000000)) TO STDOUT"
        ) as copy:
            assert await copy.read()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert await one(connection, "SELECT 1") == 1


@pytest.mark.parametrize("way", ["pipeline", "executemany", "stream"])
async def test_of_many_statements_at_once_the_connection_is_closed(connection: Connection, way: str) -> None:
    """How many of them were done cannot be told."""
    slow = "SELECT pg_sleep(30)"
    with trio.move_on_after(0.05) as scope:
        if way == "pipeline":
            async with connection.pipeline():
                await connection.execute(slow)
        elif way == "executemany":
            await connection.cursor().executemany("SELECT pg_sleep(%s)", [(30,)])
        else:
            async with aclosing(connection.cursor().stream(slow)) as stream:
                await anext(stream)
    assert scope.cancelled_caught
    assert connection.closed


async def test_what_stands_in_the_queue_of_a_pipeline_is_not_sent_after_a_cancellation(
    connection: Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is at the server yet, but the next statement would take it along."""
    scope = trio.CancelScope()

    def full(_: int) -> int:
        """No room to write just now, and time is up."""
        scope.cancel()
        return 0

    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        await other.execute("DROP TABLE IF EXISTS queued")
        await other.execute("CREATE TABLE queued (n int)")
        with pytest.raises(psycopg.OperationalError, match="lost in the pipeline"):
            async with connection.pipeline():
                with scope, monkeypatch.context() as patch:
                    patch.setattr(_wait, "look", full)
                    await connection.execute("INSERT INTO queued VALUES (1)")
        assert scope.cancelled_caught
        assert connection.closed
        assert await one(other, "SELECT count(*) FROM queued") == 0
        await other.execute("DROP TABLE queued")


async def test_a_named_cursor_is_closed_in_a_cancelled_task(connection: Connection) -> None:
    """It would stay at the server for as long as the transaction."""
    async with connection.transaction():
        with trio.CancelScope() as scope:
            async with connection.cursor("kept") as cursor:
                await cursor.execute("SELECT generate_series(1, 3)")
                scope.cancel()
                await trio.lowlevel.checkpoint()
        assert scope.cancelled_caught
        assert await one(connection, "SELECT count(*) FROM pg_cursors") == 0


async def test_a_named_cursor_that_waits_to_be_closed_costs_nobody_the_connection(dsn: str) -> None:
    """Another task may use it for longer than the grace, as long as nobody is cancelled."""
    async with await TrioConnection.connect(dsn, autocommit=True, grace=0.05) as connection:
        async with connection.transaction(), connection.cursor("kept") as cursor:
            await cursor.execute("SELECT generate_series(1, 3)")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.execute, "SELECT pg_sleep(0.3)")
                await trio.sleep(0.05)
                await cursor.close()
            assert await one(connection, "SELECT count(*) FROM pg_cursors") == 0
        assert not connection.closed


async def test_closing_wakes_who_waits(connection: Connection, nursery: trio.Nursery) -> None:
    """With an error of psycopg's, and not for ever."""
    async with trio.open_nursery() as inner:

        async def wait() -> None:
            with pytest.raises(psycopg.OperationalError, match="closed while it was used"):
                await connection.execute("SELECT pg_sleep(30)")

        inner.start_soon(wait)
        await trio.sleep(0.05)
        await connection.close()


async def test_cancel_safe_stops_what_another_task_does(connection: Connection) -> None:
    """As in psycopg, whoever waits gets the error of the server."""
    async with trio.open_nursery() as inner:

        async def wait() -> None:
            with pytest.raises(psycopg.errors.QueryCanceled):
                await connection.execute("SELECT pg_sleep(30)")

        inner.start_soon(wait)
        await trio.sleep(0.05)
        await connection.cancel_safe(timeout=5)
