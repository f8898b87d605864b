"""A pool lends each connection to one at a time, as new, and loses none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio
from psycopg.errors import InFailedSqlTransaction

from trio_smith.store.postgres import (
    BadUse,
    PoolClosed,
    PoolOptions,
    PoolTimeout,
    TrioConnection,
    TrioPool,
    open_pool,
)
from trio_smith.testing.postgres import Postgres

ONE = PoolOptions(size=1, timeout=5)


async def one(connection: TrioConnection[Any], query: Any) -> Any:
    """Return the only value of *query*."""
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds, which nobody announces."""
    with trio.fail_after(10):
        while not condition():  # noqa: ASYNC110 - the keeper goes by the clock
            await trio.sleep(0.01)


async def backend(pool: TrioPool) -> int:
    """Return which process serves the connection that is lent next."""
    async with pool.connection() as connection:
        return connection.info.backend_pid


async def test_a_connection_is_lent_again(dsn: str) -> None:
    """To open one costs a process of the server."""
    async with open_pool(dsn) as pool:
        assert await backend(pool) == await backend(pool)
        found = pool.statistics()
        assert (found.opened, found.lent, found.idle, found.in_use) == (1, 2, 1, 0)
        assert "opened=1" in repr(pool)


async def test_a_block_is_committed_or_rolled_back(dsn: str) -> None:
    """As with a connection of one's own."""
    async with open_pool(dsn, options=ONE) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TEMP TABLE t (n int)")
            await connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(ZeroDivisionError):
            async with pool.connection() as connection:
                await connection.execute("INSERT INTO t VALUES (2)")
                raise ZeroDivisionError
        async with pool.connection() as connection:
            assert await one(connection, "SELECT sum(n) FROM t") == 1


async def test_a_block_in_which_a_statement_failed_does_not_end_as_if_committed(dsn: str) -> None:
    """Although its error was caught."""
    async with open_pool(dsn, options=ONE) as pool:
        with pytest.raises(InFailedSqlTransaction):
            async with pool.connection() as connection:
                with pytest.raises(psycopg.errors.DivisionByZero):
                    await connection.execute("SELECT 1/0")
        assert pool.statistics().discarded == 0


async def test_errors_of_the_block_come_out_bare(dsn: str) -> None:
    """What runs beside it is the pool's business; an error of several stays what it is."""
    with pytest.raises(ZeroDivisionError) as caught:
        async with open_pool(dsn) as pool, pool.connection():
            raise ZeroDivisionError
    assert caught.value.__context__ is None
    group = ExceptionGroup("several", [ValueError(), KeyError()])
    with pytest.raises(ExceptionGroup) as several:
        async with open_pool(dsn):
            raise group
    assert several.value is group


async def test_who_waits_is_served_in_order(dsn: str) -> None:
    """The first who came is the first who gets one."""
    served: list[int] = []

    async def ask(number: int) -> None:
        async with pool.connection():
            served.append(number)

    async with open_pool(dsn, options=ONE) as pool, trio.open_nursery() as nursery, pool.connection():
        for number in range(5):
            nursery.start_soon(ask, number)
            await trio.testing.wait_all_tasks_blocked()
        assert pool.statistics().waiting == 5
    assert served == list(range(5))


async def test_who_waits_too_long_is_told_for_what_without_the_password(dsn: str) -> None:
    """Errors go into logs."""
    options = PoolOptions(size=1, timeout=0.05)
    async with open_pool(dsn, options=options, password="hushhush") as pool, pool.connection():
        with pytest.raises(PoolTimeout, match="all 1 are in use"):
            await backend(pool)
        assert pool.statistics().timed_out == 1
    async with open_pool(f"{dsn} password=hushhush", options=options) as pool, pool.connection():
        with pytest.raises(PoolTimeout) as caught:
            await backend(pool)
        assert "hushhush" not in f"{caught.value!r} {caught.value} {pool!r} {vars(caught.value)}"
        assert "***" in str(caught.value)


async def test_who_is_cancelled_while_waiting_takes_nothing(dsn: str) -> None:
    """Nor does one whose time is up in the moment it would be served."""
    async with open_pool(dsn, options=ONE) as pool:
        async with pool.connection():
            with trio.move_on_after(0.02) as scope:
                await backend(pool)
            assert scope.cancelled_caught
        assert pool.statistics().in_use == 0
        await backend(pool)


async def test_a_connection_that_cannot_be_opened_takes_nothing(dsn: str) -> None:
    """And the error is the server's."""
    async with open_pool(dsn, options=ONE, dbname="nowhere") as pool:
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError, match="does not exist"):
                await backend(pool)
        assert pool.statistics().in_use == 0


async def test_a_connection_that_the_server_closed_is_never_lent(dsn: str) -> None:
    """It is seen without asking the server."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        first = await backend(pool)
        async with await TrioConnection.connect(dsn, autocommit=True) as other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        async with pool.connection() as connection:
            assert await one(connection, "SELECT 1") == 1
        assert await backend(pool) != first
        assert pool.statistics().discarded == 1


async def test_one_that_is_broken_in_use_is_replaced(dsn: str) -> None:
    """Its user gets the error, the next one does not."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        with pytest.raises(psycopg.OperationalError):
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        async with pool.connection() as connection:
            assert await one(connection, "SELECT 1") == 1


async def test_a_transaction_that_is_left_open_is_seen_by_nobody(dsn: str) -> None:
    """Rolled back if that can be done, else the connection is closed."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        first = await backend(pool)
        with trio.move_on_after(0.05):
            async with pool.connection() as connection:
                await connection.execute("BEGIN")
                await connection.execute("CREATE TEMP TABLE left_open (n int)")
                await trio.sleep_forever()
        async with pool.connection() as connection:
            assert await one(connection, "SELECT to_regclass('left_open')") is None
        assert await backend(pool) == first


async def test_a_user_who_does_not_let_go_loses_the_connection(dsn: str) -> None:
    """A pipeline, a block or an operation that outlives the loan would hit the next user."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        first = await backend(pool)
        with pytest.raises(psycopg.ProgrammingError, match="within a Transaction"):
            async with pool.connection() as connection:
                kept = connection.transaction()
                await kept.__aenter__()
        assert connection.closed
        assert await backend(pool) != first
        with pytest.raises(psycopg.OperationalError):
            await kept.__aexit__(None, None, None)


async def test_each_new_connection_is_configured(dsn: str) -> None:
    """Once; and what that does is committed."""

    async def configure(connection: TrioConnection[Any]) -> None:
        await connection.execute("SET application_name = 'configured'")

    async with open_pool(dsn, options=ONE, configure=configure) as pool:
        for _ in range(2):
            async with pool.connection() as connection:
                assert await one(connection, "SHOW application_name") == "configured"

    async def fail(_: TrioConnection[Any]) -> None:
        raise ZeroDivisionError

    async with open_pool(dsn, options=ONE, configure=fail) as pool:
        with pytest.raises(ZeroDivisionError):
            await backend(pool)
        assert pool.statistics().in_use == 0


async def test_what_is_idle_or_old_is_closed_and_what_is_missing_opened(dsn: str) -> None:
    """By the keeper, a little later."""
    options = PoolOptions(size=4, min_size=1, max_idle=0.05, keep_every=0.02)
    async with open_pool(dsn, options=options) as pool:
        async with pool.connection(), pool.connection(), pool.connection():
            assert pool.statistics().in_use == 3
        await until(lambda: pool.statistics().retired >= 2)
        await trio.sleep(0.1)
        assert pool.statistics().idle == 1
    options = PoolOptions(size=2, max_life=0.01)
    async with open_pool(dsn, options=options) as pool:
        async with pool.connection():
            await trio.sleep(0.03)
        assert pool.statistics().retired == 1


async def test_the_keeper_opens_what_is_missing_also_after_the_server_was_away(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    """Nobody has to ask first, and who asks then need not wait for a connection."""
    options = PoolOptions(size=2, min_size=2, keep_every=0.02)
    way = tmp_path / "way"
    dsn = f"host={way} user=smith dbname=postgres application_name=kept"
    async with open_pool(dsn, options=options, autocommit=True) as pool:
        await trio.sleep(0.05)
        assert pool.statistics().opened == 0
        way.symlink_to(own_postgres.folder)
        await until(lambda: pool.statistics().idle == 2)
        async with pool.connection() as first, pool.connection() as second:
            before = {first.info.backend_pid, second.info.backend_pid}
        async with await TrioConnection.connect(own_postgres.dsn, autocommit=True) as other:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kept'"
            await other.execute(ended)
        await until(lambda: pool.statistics().discarded == 2 and pool.statistics().idle == 2)
        way.unlink()
        async with pool.connection() as first, pool.connection() as second:
            assert await one(first, "SELECT 1") == await one(second, "SELECT 1") == 1
            assert not before & {first.info.backend_pid, second.info.backend_pid}
        assert pool.statistics().opened == 4


async def test_a_pool_is_closed_with_its_block(dsn: str) -> None:
    """What comes back later is closed then, and who still waits is told."""
    async with open_pool(dsn, options=ONE) as pool:
        loan = pool.connection()
        connection = await loan.__aenter__()
    assert not connection.closed
    await loan.__aexit__(None, None, None)
    assert connection.closed
    with pytest.raises(PoolClosed, match="open_pool"):
        await backend(pool)


async def test_options_that_make_no_sense_are_refused() -> None:
    """Before anything is opened; and a string that cannot be read is not repeated."""
    for wrong in ({"size": 0}, {"min_size": 11}, {"timeout": 0}, {"max_idle": -1}):
        with pytest.raises(BadUse, match=next(iter(wrong))):
            PoolOptions(**wrong)
    with pytest.raises(BadUse, match="libpq does not") as caught:
        async with open_pool("secret = = secret"):
            raise AssertionError("refused")
    assert "secret" not in str(caught.value)
