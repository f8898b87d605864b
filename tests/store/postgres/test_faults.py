"""The server dies, is silent, or is full: everybody is told in time, and nothing stays."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from tests.store.postgres.proxy import Proxy, between
from trio_smith.store.postgres import (
    OutcomeUnknown,
    PoolOptions,
    PoolTimeout,
    TrioConnection,
    TrioPool,
    open_pool,
)
from trio_smith.testing.postgres import Postgres


@pytest.fixture
def folder(own_postgres: Postgres) -> Path:
    """Where the socket of a server of our own is."""
    return own_postgres.folder


@pytest.fixture
async def proxy(folder: Path) -> AsyncGenerator[Proxy]:
    """One before it."""
    async with between(folder) as proxy:
        yield proxy


@pytest.fixture
async def other(own_postgres: Postgres) -> AsyncGenerator[TrioConnection[Any]]:
    """A connection past the proxy, with an empty table."""
    async with await TrioConnection.connect(own_postgres.dsn, autocommit=True) as connection:
        await connection.execute("DROP TABLE IF EXISTS kept")
        await connection.execute("CREATE TABLE kept (n int)")
        yield connection


async def numbers(connection: TrioConnection[Any]) -> list[int]:
    """Return what is in the table."""
    return [n for (n,) in await (await connection.execute("SELECT n FROM kept ORDER BY n")).fetchall()]


async def write(connection: TrioConnection[Any], number: int, way: str) -> None:
    """Insert *number* and commit it in one of five ways."""
    insert = "INSERT INTO kept VALUES (%s)"
    if way == "without a block":
        await connection.execute_and_commit(f"{insert} /* COMMIT */", [number])
    elif way == "block":
        async with connection.transaction():
            await connection.execute(insert, [number])
    elif way == "commit":
        await connection.execute(insert, [number])
        await connection.commit()
    elif way == "block in a pipeline":
        async with connection.pipeline(), connection.transaction():
            await connection.execute(insert, [number])
    else:
        async with connection.pipeline():
            await connection.execute(insert, [number])
            await connection.commit()


WAYS = ["block", "commit", "block in a pipeline", "commit in a pipeline"]
ALL_WAYS = [*WAYS, "without a block"]


@pytest.mark.parametrize("way", ALL_WAYS)
async def test_a_commit_whose_answer_is_cut_off_is_of_unknown_outcome(
    proxy: Proxy, other: TrioConnection[Any], way: str
) -> None:
    """The row is there, each of ten times, and the error says that nobody can know."""
    for number in range(10):
        proxy.cut_on = None
        connection = await TrioConnection.connect(proxy.dsn(), autocommit="block" in way)
        proxy.cut_on = b"COMMIT"
        with pytest.raises(OutcomeUnknown, match="the connection was lost"):
            await write(connection, number, way)
        assert connection.closed
        assert number in await numbers(other)
    assert await numbers(other) == list(range(10))


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_cut_off_before_its_commit_is_no_unknown_outcome(
    proxy: Proxy, other: TrioConnection[Any], way: str
) -> None:
    """It is undone for sure, and the error is that of the statement."""
    connection = await TrioConnection.connect(proxy.dsn(), autocommit="block" in way)
    proxy.cut_on = b"INSERT"
    with pytest.raises(psycopg.OperationalError):
        if way == "commit in a pipeline":
            async with connection.pipeline() as pipeline:
                await connection.execute("INSERT INTO kept VALUES (1)")
                await pipeline.sync()
                await connection.commit()
        else:
            await write(connection, 1, way)
    assert connection.closed
    assert await numbers(other) == []


async def test_so_it_is_without_a_block_and_with_a_pool(proxy: Proxy, other: TrioConnection[Any]) -> None:
    """Every COMMIT that is sent for the user goes the same way."""
    connection = await TrioConnection.connect(proxy.dsn())
    await connection.execute("INSERT INTO kept VALUES (1)")
    proxy.cut_on = b"COMMIT"
    with pytest.raises(OutcomeUnknown):
        await connection.commit()
    proxy.cut_on = None
    connection = await TrioConnection.connect(proxy.dsn())
    await connection.tpc_begin("smith")
    await connection.execute("INSERT INTO kept VALUES (3)")
    proxy.cut_on = b"COMMIT"
    with pytest.raises(OutcomeUnknown):
        await connection.tpc_commit()
    proxy.cut_on = None
    async with open_pool(proxy.dsn()) as pool:
        with pytest.raises(OutcomeUnknown):
            async with pool.connection() as lent:
                await lent.execute("INSERT INTO kept VALUES (2)")
                proxy.cut_on = b"COMMIT"
        assert pool.statistics().in_use == 0


@pytest.mark.parametrize("way", ALL_WAYS)
async def test_a_commit_that_is_cancelled_before_a_silent_server_is_of_unknown_outcome(
    proxy: Proxy, other: TrioConnection[Any], way: str
) -> None:
    """After the grace, and not later."""
    connection = await TrioConnection.connect(proxy.dsn(), autocommit="block" in way, grace=0.2)
    proxy.silent_on = b"COMMIT"
    before = trio.current_time()
    with pytest.raises(OutcomeUnknown, match=r"within 0\.2 s"), trio.move_on_after(0.1):
        await write(connection, 1, way)
    assert trio.current_time() - before < 2
    assert connection.closed


@pytest.mark.parametrize("way", WAYS)
async def test_a_commit_that_is_cancelled_and_answered_late_is_told(
    proxy: Proxy, other: TrioConnection[Any], way: str
) -> None:
    """In a pipeline too: the connection may be lost afterwards, what was committed is not."""
    connection = await TrioConnection.connect(proxy.dsn(), autocommit="block" in way)
    proxy.silent_on = b"COMMIT"
    committed = False

    async def speak_late() -> None:
        await trio.sleep(0.2)
        await proxy.speak()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak_late)
        with trio.move_on_after(0.1) as scope:
            if "pipeline" not in way:
                await write(connection, 1, way)
                committed = True
            else:
                async with connection.pipeline():
                    await write(connection, 1, way.removesuffix(" in a pipeline"))
                    committed = True
    await connection.close()
    assert scope.cancel_called
    assert committed
    assert await numbers(other) == [1]


async def test_a_statement_before_a_silent_server_can_be_cancelled(proxy: Proxy) -> None:
    """The connection is closed after the grace; nothing waits for ever."""
    connection = await TrioConnection.connect(proxy.dsn(), autocommit=True, grace=0.2)
    proxy.silent = True
    before = trio.current_time()
    with trio.move_on_after(0.05) as scope:
        await connection.execute("SELECT 1")
    assert scope.cancelled_caught
    assert connection.closed
    assert trio.current_time() - before < 2


async def test_a_pool_survives_a_silent_server(proxy: Proxy) -> None:
    """What did not answer is not lent again."""
    options = PoolOptions(size=2, timeout=0.2)
    async with open_pool(proxy.dsn(), options=options, autocommit=True, grace=0.2) as pool:
        async with pool.connection(), pool.connection():
            pass
        proxy.silent = True
        for _ in range(2):
            with trio.move_on_after(0.05):
                async with pool.connection() as connection:
                    await connection.execute("SELECT 1")
        assert pool.statistics().in_use == 0
        proxy.silent = False
        async with pool.connection() as connection:
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_an_exhausted_pool_serves_as_many_as_it_can_and_tells_the_others(dsn: str) -> None:
    """And is whole afterwards."""
    served = refused = 0

    async def ask() -> None:
        nonlocal served, refused
        try:
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_sleep(0.05)")
            served += 1
        except PoolTimeout:
            refused += 1

    async with open_pool(dsn, options=PoolOptions(size=2, timeout=0.12)) as pool:
        async with trio.open_nursery() as nursery:
            for _ in range(40):
                nursery.start_soon(ask)
        assert served + refused == 40
        assert served >= 2
        assert refused >= 10
        assert pool.statistics().in_use == 0
        assert pool.statistics().opened == 2


async def test_a_server_with_no_room_is_an_error_of_it_and_costs_no_slot(own_postgres: Postgres) -> None:
    """More connections than it allows."""
    options = PoolOptions(size=5)
    async with await TrioConnection.connect(own_postgres.dsn, autocommit=True) as connection:
        await connection.execute("DROP ROLE IF EXISTS two")
        await connection.execute("CREATE ROLE two LOGIN CONNECTION LIMIT 2")
    async with open_pool(own_postgres.dsn, options=options, user="two") as pool:
        async with pool.connection(), pool.connection():
            with pytest.raises(psycopg.OperationalError, match="too many connections"):
                async with pool.connection():
                    raise AssertionError("there is no room")
            assert pool.statistics().in_use == 2
        assert pool.statistics().in_use == 0


class Writers:
    """Write numbers for as long as they are let, and remember those that were acknowledged."""

    def __init__(self, pool: TrioPool) -> None:
        self.pool = pool
        self.acknowledged: list[int] = []
        self.unknown: list[int] = []
        self.failed = 0
        self._next = 0

    async def write(self) -> None:
        """Write, and try on whatever happens."""
        while True:
            self._next += 1
            number = self._next
            try:
                async with self.pool.connection() as connection, connection.transaction():
                    await connection.execute("INSERT INTO kept VALUES (%s)", [number])
            except OutcomeUnknown:
                self.unknown.append(number)
            except psycopg.OperationalError:
                self.failed += 1
                await trio.sleep(0.01)
            else:
                self.acknowledged.append(number)


async def test_a_restart_under_use_loses_and_doubles_nothing(
    own_postgres: Postgres, other: TrioConnection[Any]
) -> None:
    """Four writers, three crashes: what was acknowledged is there, once, and they go on by themselves."""
    async with open_pool(own_postgres.dsn, options=PoolOptions(size=4), autocommit=True) as pool:
        writers = Writers(pool)
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(writers.write)
            for _ in range(3):
                await trio.sleep(0.2)
                await trio.to_thread.run_sync(own_postgres.restart_immediately)
                before, accepted = len(writers.acknowledged), trio.current_time()
                with trio.fail_after(10):
                    while len(writers.acknowledged) == before:  # noqa: ASYNC110 - they tell nobody
                        await trio.sleep(0.005)
                assert trio.current_time() - accepted < 3
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
        assert pool.statistics().in_use == 0
    async with await TrioConnection.connect(own_postgres.dsn, autocommit=True) as after:
        found = await numbers(after)
    assert len(found) == len(set(found))
    assert set(writers.acknowledged) <= set(found)
    assert len(writers.acknowledged) > 50
    assert writers.failed + len(writers.unknown) > 0
    # A writer may be cancelled when its row was just committed.
    assert len(set(found) - set(writers.acknowledged) - set(writers.unknown)) <= 4
