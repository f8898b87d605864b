"""A block is committed wholly or not at all, and says which it was."""

from typing import Any

import psycopg
import pytest
import trio
from psycopg.errors import InFailedSqlTransaction

from trio_smith.store.postgres import BadUse, TrioConnection

Connection = TrioConnection[Any]


@pytest.fixture
async def table(connection: Connection) -> Connection:
    """A connection with a table that only it sees."""
    await connection.execute("CREATE TEMP TABLE t (n int)")
    return connection


async def numbers(connection: Connection) -> list[int]:
    """Return what is in the table."""
    return [n for (n,) in await (await connection.execute("SELECT n FROM t ORDER BY n")).fetchall()]


async def insert(connection: Connection, number: int) -> None:
    """Put *number* into the table."""
    await connection.execute("INSERT INTO t VALUES (%s)", [number])


async def fail(connection: Connection) -> None:
    """Let a statement fail."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.execute("SELECT 1/0")


def is_idle(connection: Connection) -> bool:
    """Whether no transaction is open."""
    return connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


async def test_a_block_is_committed_and_a_failed_one_rolled_back(table: Connection) -> None:
    """With all that is in it."""
    async with table.transaction():
        await insert(table, 1)
    with pytest.raises(ZeroDivisionError):
        async with table.transaction():
            await insert(table, 2)
            raise ZeroDivisionError
    assert await numbers(table) == [1]
    assert is_idle(table)


async def test_a_savepoint_is_rolled_back_alone(table: Connection) -> None:
    """The transaction round it goes on."""
    async with table.transaction():
        await insert(table, 1)
        with pytest.raises(ZeroDivisionError):
            async with table.transaction():
                await insert(table, 2)
                raise ZeroDivisionError
        async with table.transaction("named"):
            await insert(table, 3)
        async with table.transaction(force_rollback=True):
            await insert(table, 4)
        async with table.transaction() as block:
            await insert(table, 5)
            raise psycopg.Rollback(block)
    assert await numbers(table) == [1, 3]


async def test_a_block_in_which_a_statement_failed_cannot_be_committed_silently(table: Connection) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK then, and psycopg says nothing: the rows would be missing."""
    with pytest.raises(InFailedSqlTransaction, match="rolled back"):
        async with table.transaction():
            await insert(table, 1)
            await fail(table)
    assert is_idle(table)
    assert await numbers(table) == []


async def test_so_it_is_with_a_commit(dsn: str) -> None:
    """And afterwards the connection is as new."""
    async with await TrioConnection.connect(dsn) as connection:
        await fail(connection)
        with pytest.raises(InFailedSqlTransaction):
            await connection.commit()
        assert is_idle(connection)


async def test_a_block_that_lost_its_connection_does_not_end_as_if_it_were_committed(dsn: str) -> None:
    """Psycopg's does, if whatever the loss raised is caught within."""
    connection = await TrioConnection.connect(dsn, autocommit=True)
    with pytest.raises(psycopg.OperationalError, match="lost in the block"):
        async with connection.transaction():
            connection.cut()
    with pytest.raises(psycopg.OperationalError, match="lost in the block"):
        async with await TrioConnection.connect(dsn) as other:
            other.cut()


async def test_a_block_that_is_cancelled_is_rolled_back(table: Connection) -> None:
    """ROLLBACK is sent although the task is cancelled."""
    with trio.CancelScope() as scope:
        async with table.transaction():
            await insert(table, 1)
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert is_idle(table)
    assert await numbers(table) == []


async def test_a_block_that_is_cancelled_at_its_end_is_rolled_back(table: Connection) -> None:
    """Nothing was committed yet."""
    with trio.CancelScope() as scope:
        async with table.transaction():
            await insert(table, 1)
            scope.cancel()
    assert scope.cancelled_caught
    assert await numbers(table) == []


async def test_a_block_that_is_cancelled_never_begins(table: Connection) -> None:
    """So nothing has to be undone."""
    with trio.CancelScope() as scope:
        scope.cancel()
        async with table.transaction():
            raise AssertionError("it began")
    assert is_idle(table)


async def test_a_block_that_timed_out_within_can_be_rolled_back_to_a_savepoint(table: Connection) -> None:
    """A cancelled statement is a failed one for the server."""
    async with table.transaction():
        await insert(table, 1)
        with trio.move_on_after(0.02) as scope:
            async with table.transaction():
                await insert(table, 2)
                await table.execute("SELECT pg_sleep(30)")
        assert scope.cancelled_caught
    assert await numbers(table) == [1]


async def test_a_connection_that_is_cancelled_in_its_block_rolls_back_and_closes(dsn: str) -> None:
    """The rows of others are not locked until the server notices."""
    with trio.move_on_after(0.05) as scope:
        async with await TrioConnection.connect(dsn) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(5)")
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert connection.closed
    async with await TrioConnection.connect(dsn) as other:
        free = await (await other.execute("SELECT pg_try_advisory_xact_lock(5)")).fetchone()
        assert free == (True,)


async def test_two_phases(dsn: str) -> None:
    """What psycopg offers there is left as it is."""
    async with await TrioConnection.connect(dsn) as connection:
        await connection.tpc_begin("smith")
        await connection.execute("SELECT 1")
        await connection.tpc_rollback()
        assert is_idle(connection)


async def test_a_statement_that_commits_by_itself_needs_no_block(dsn: str, table: Connection) -> None:
    """What it wrote is there for others when it returns, and so are its rows."""
    await table.execute("CREATE TABLE itself (n int UNIQUE)")
    try:
        cursor = await table.execute_and_commit("INSERT INTO itself VALUES (%s) RETURNING n", [7])
        assert await cursor.fetchall() == [(7,)]
        async with await TrioConnection.connect(dsn) as other:
            assert await (await other.execute("SELECT n FROM itself")).fetchall() == [(7,)]
        with pytest.raises(psycopg.errors.UniqueViolation):
            await table.execute_and_commit("INSERT INTO itself VALUES (7)")
        assert is_idle(table)
    finally:
        await table.execute("DROP TABLE itself")


async def test_where_something_else_would_commit_it_a_statement_is_refused(table: Connection) -> None:
    """A transaction that is open, a pipeline, or the next `commit`; nothing was sent."""
    async with table.transaction():
        with pytest.raises(BadUse, match="in a transaction"):
            await table.execute_and_commit("INSERT INTO t VALUES (1)")
    async with table.pipeline():
        with pytest.raises(BadUse, match="a pipeline"):
            await table.execute_and_commit("INSERT INTO t VALUES (1)")
    await table.set_autocommit(False)
    with pytest.raises(BadUse, match="not in autocommit"):
        await table.execute_and_commit("INSERT INTO t VALUES (1)")
    assert await numbers(table) == []
    await table.close()
    with pytest.raises(psycopg.OperationalError, match="closed"):
        await table.execute_and_commit("INSERT INTO t VALUES (1)")
