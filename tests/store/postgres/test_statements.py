"""What psycopg's connection can do, ours can do on Trio."""

from contextlib import aclosing
from typing import Any

import psycopg
import pytest
import trio
from psycopg import sql
from psycopg.copy import AsyncQueuedLibpqWriter
from psycopg.rows import class_row, dict_row, namedtuple_row, scalar_row
from psycopg.types import TypeInfo

from trio_smith.store.postgres import BadUse, TrioClientCursor, TrioConnection, TrioCursor, TrioRawCursor

Connection = TrioConnection[Any]


@pytest.fixture
async def table(connection: Connection) -> Connection:
    """A connection with a table that only it sees."""
    await connection.execute("CREATE TEMP TABLE t (n int, word text)")
    return connection


async def rows(connection: Connection, query: Any = "SELECT n, word FROM t ORDER BY n") -> list[Any]:
    """Return all that *query* says."""
    return await (await connection.execute(query)).fetchall()


async def test_a_statement_has_parameters_and_rows(connection: Connection) -> None:
    """The plainest use."""
    cursor = await connection.execute("SELECT %s::int + 1, %s", [41, "ü"])
    assert await cursor.fetchone() == (42, "ü")
    assert await cursor.fetchone() is None
    assert [row async for row in await connection.execute("SELECT generate_series(1, 3)")] == [
        (1,),
        (2,),
        (3,),
    ]


async def test_rows_are_made_as_the_factory_says(connection: Connection) -> None:
    """Also by a factory for one cursor alone."""

    class Point:
        def __init__(self, x: int, y: int) -> None:
            self.x, self.y = x, y

    for factory, expected in ((dict_row, {"a": 1}), (namedtuple_row, (1,)), (scalar_row, 1)):
        cursor = connection.cursor(row_factory=factory)
        assert await (await cursor.execute("SELECT 1 AS a")).fetchone() == expected
    point = await (
        await connection.cursor(row_factory=class_row(Point)).execute("SELECT 1 AS x, 2 AS y")
    ).fetchone()
    assert point is not None
    assert (point.x, point.y) == (1, 2)


async def test_other_kinds_of_cursor_work_too(dsn: str) -> None:
    """Each psycopg has, as a class of ours."""
    async with await TrioConnection.connect(dsn, cursor_factory=TrioClientCursor) as connection:
        assert await (await connection.execute("SELECT %s || 'b'", ["a"])).fetchone() == ("ab",)
    async with await TrioConnection.connect(dsn, cursor_factory=TrioRawCursor) as connection:
        assert await (await connection.execute("SELECT $1::int", [1])).fetchone() == (1,)


async def test_a_cursor_that_is_not_ours_is_refused(dsn: str) -> None:
    """The end of its copy would hang in a cancelled task."""
    with pytest.raises(BadUse, match="use AsyncCursor with Trio"):
        await TrioConnection.connect(dsn, cursor_factory=psycopg.AsyncCursor)


async def test_an_error_of_the_server_is_psycopgs(connection: Connection) -> None:
    """And the connection goes on."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.execute("SELECT 1/0")
    assert await rows(connection, "SELECT 1") == [(1,)]


async def test_a_statement_that_is_used_often_is_prepared(connection: Connection) -> None:
    """By psycopg, as ever."""
    for number in range(10):
        assert await (await connection.execute("SELECT %s::int", [number])).fetchone() == (number,)
    assert len(await rows(connection, "SELECT 1 FROM pg_prepared_statements")) == 1


async def test_a_block_of_a_connection_commits_or_rolls_back(dsn: str, connection: Connection) -> None:
    """And closes it."""
    await connection.execute("CREATE TABLE kept (n int)")
    try:
        async with await TrioConnection.connect(dsn) as first:
            await first.execute("INSERT INTO kept VALUES (1)")
        assert first.closed
        with pytest.raises(ZeroDivisionError):
            async with await TrioConnection.connect(dsn) as second:
                await second.execute("INSERT INTO kept VALUES (2)")
                raise ZeroDivisionError
        assert second.closed
        assert await rows(connection, "TABLE kept") == [(1,)]
    finally:
        await connection.execute("DROP TABLE kept")


async def test_many_parameters_at_once(table: Connection) -> None:
    """With the rows that come back, if asked."""
    cursor = table.cursor()
    await cursor.executemany("INSERT INTO t VALUES (%s)", [(number,) for number in range(500)])
    assert cursor.rowcount == 500
    await cursor.executemany("SELECT %s::int", [(1,), (2,)], returning=True)
    found = [await cursor.fetchall()]
    while cursor.nextset():
        found.append(await cursor.fetchall())
    assert found == [[(1,)], [(2,)]]


async def test_a_long_executemany_lets_others_run(table: Connection, nursery: trio.Nursery) -> None:
    """Its socket can be written to all the time."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    nursery.start_soon(other)
    await table.cursor().executemany("INSERT INTO t VALUES (%s)", [(1,)] * 2_000)
    nursery.cancel_scope.cancel()
    assert turns > 10


@pytest.mark.parametrize("kind", ["TEXT", "BINARY"])
async def test_copy_in_and_out(table: Connection, kind: str) -> None:
    """Rows in, rows out."""
    form = sql.SQL(kind)
    cursor = table.cursor()
    async with cursor.copy(sql.SQL("COPY t FROM STDIN (FORMAT {})").format(form)) as copy:
        copy.set_types(["int4", "text"])
        for number in range(3_000):
            await copy.write_row((number, "x" * 100))
    assert cursor.rowcount == 3_000
    got = []
    async with cursor.copy(sql.SQL("COPY t TO STDOUT (FORMAT {})").format(form)) as copy:
        copy.set_types(["int4", "text"])
        got = [row async for row in copy.rows()]
    assert got == [(number, "x" * 100) for number in range(3_000)]


async def test_a_copy_that_fails_copies_nothing(table: Connection) -> None:
    """And the connection goes on."""
    with pytest.raises(ZeroDivisionError):
        async with table.cursor().copy("COPY t FROM STDIN") as copy:
            await copy.write_row((1, "a"))
            raise ZeroDivisionError
    assert await rows(table) == []


async def test_a_copy_that_is_left_early_costs_nothing(table: Connection) -> None:
    """What the server still sends is thrown away."""
    async with table.cursor().copy("COPY (SELECT generate_series(1, 500000)) TO STDOUT") as copy:
        assert await copy.read()
    assert await rows(table, "SELECT 1") == [(1,)]


async def test_a_writer_for_asyncio_is_refused(table: Connection) -> None:
    """It would start a task of asyncio."""
    cursor = table.cursor()
    with pytest.raises(BadUse, match="needs asyncio"):
        async with cursor.copy("COPY t FROM STDIN", writer=AsyncQueuedLibpqWriter(cursor)):
            raise AssertionError("refused at once")


async def test_rows_one_by_one(table: Connection) -> None:
    """Without waiting for all of them; also if it is left early, a pipeline can follow."""
    cursor = table.cursor()
    assert [row async for row in cursor.stream("SELECT generate_series(1, 3)")] == [(1,), (2,), (3,)]
    async with aclosing(cursor.stream("SELECT generate_series(1, 500000)")) as stream:
        assert await anext(stream) == (1,)
    assert await rows(table, "SELECT 1") == [(1,)]
    async with aclosing(cursor.stream("SELECT generate_series(1, 500000)")) as stream:
        assert await anext(stream) == (1,)
    async with table.pipeline():
        result = await table.execute("SELECT generate_series(1, 3)")
        assert await result.fetchall() == [(1,), (2,), (3,)]


async def test_a_pipeline_keeps_the_order(table: Connection) -> None:
    """And a stream is refused in it."""
    async with table.pipeline() as pipeline:
        cursors = [await table.execute("SELECT %s::int", [number]) for number in range(100)]
        await pipeline.sync()
        assert [await cursor.fetchone() for cursor in cursors] == [(number,) for number in range(100)]
        with pytest.raises(BadUse, match="pipeline"):
            await anext(TrioCursor(table).stream("SELECT 1"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with table.pipeline():
            await table.execute("SELECT 1/0")
    assert await rows(table, "SELECT 1") == [(1,)]


async def test_a_transaction_in_a_pipeline(table: Connection) -> None:
    """Both exits are on their way with the rest."""
    async with table.pipeline(), table.transaction():
        await table.execute("INSERT INTO t VALUES (1)")
    assert await rows(table) == [(1, None)]


async def test_a_named_cursor_fetches_in_parts(connection: Connection) -> None:
    """The rows stay at the server."""
    async with connection.transaction(), connection.cursor("parts") as cursor:
        await cursor.execute("SELECT generate_series(1, 1000)")
        assert await cursor.fetchmany(2) == [(1,), (2,)]
        await cursor.scroll(10)
        assert await cursor.fetchone() == (13,)
        assert len(await cursor.fetchall()) == 987


async def test_types_of_the_database_can_be_asked_for(connection: Connection) -> None:
    """Psycopg does it with a connection of any kind."""
    info = await TypeInfo.fetch(connection, "int4range")
    assert info is not None
    assert info.name == "int4range"


async def test_it_serves_one_operation_at_a_time_in_order(connection: Connection) -> None:
    """Two tasks may share one; the second waits."""
    found: list[int] = []

    async def ask(number: int) -> None:
        await connection.execute("SELECT pg_sleep(0.01)")
        found.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(ask, number)
    assert sorted(found) == list(range(5))


async def test_settings_of_a_connection(dsn: str) -> None:
    """Isolation and the like are asked for with psycopg's own functions."""
    async with await TrioConnection.connect(dsn) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.SERIALIZABLE)
        assert await rows(connection, "SHOW transaction_isolation") == [("serializable",)]
        await connection.rollback()
        await connection.set_autocommit(True)
        assert connection.autocommit
