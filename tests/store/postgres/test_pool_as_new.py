"""What one user of a pool leaves behind, the next one does not find."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import trio
from psycopg.rows import dict_row
from psycopg.types.numeric import IntLoader
from psycopg.types.string import TextLoader

from trio_smith.store.postgres import PoolOptions, TrioClientCursor, TrioConnection, TrioPool, open_pool
from trio_smith.store.postgres.driver import _driven
from trio_smith.store.postgres.driver._cancel import CancelRequest

Connection = TrioConnection[Any]

ONE = PoolOptions(size=1, timeout=5)


async def answer(connection: Connection) -> Any:
    """Return what the simplest of all questions gives."""
    return await (await connection.execute("SELECT 1 AS n")).fetchone()


CHANGES: dict[str, Any] = {
    "autocommit": False,
    "isolation_level": psycopg.IsolationLevel.SERIALIZABLE,
    "read_only": True,
    "deferrable": True,
    "row_factory": dict_row,
    "cursor_factory": TrioClientCursor,
    "prepare_threshold": 1,
    "prepared_max": 7,
    "grace": 0.001,
}


@pytest.mark.parametrize("setting", CHANGES)
async def test_settings_of_one_user_are_not_the_next_ones(dsn: str, setting: str) -> None:
    """A connection with others is not lent again."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        async with pool.connection() as first:
            before = getattr(first, setting)
            if hasattr(first, f"set_{setting}"):
                await getattr(first, f"set_{setting}")(CHANGES[setting])
            else:
                setattr(first, setting, CHANGES[setting])
        async with pool.connection() as second:
            assert getattr(second, setting) == before
            assert await answer(second) == (1,)
        assert first.closed


def add_one(connection: Connection, handler: Callable[[Any], None]) -> None:
    """Add a handler of notices."""
    connection.add_notice_handler(handler)


async def test_handlers_of_one_user_are_not_the_next_ones(dsn: str) -> None:
    """Also if there are as many as before."""

    async def configure(connection: Connection) -> None:
        add_one(connection, kept.append)

    kept: list[Any] = []
    theirs: list[Any] = []
    async with open_pool(dsn, options=ONE, configure=configure, autocommit=True) as pool:
        async with pool.connection() as connection:
            connection.remove_notice_handler(kept.append)
            add_one(connection, theirs.append)
        async with pool.connection() as connection:
            await connection.execute("DO $$ BEGIN RAISE NOTICE 'mine'; END $$")
        assert (len(kept), len(theirs)) == (1, 0)


class Shouting(IntLoader):
    """One who gives other numbers than those that are there."""

    def load(self, data: Any) -> int:
        """Give a thousand more."""
        return super().load(data) + 1_000


async def test_types_of_one_user_are_not_the_next_ones(dsn: str) -> None:
    """The connection is kept, with those that it was configured with; and psycopg's own are left alone."""

    async def configure(connection: Connection) -> None:
        connection.adapters.register_loader("int8", TextLoader)

    async with open_pool(dsn, options=ONE, configure=configure, autocommit=True) as pool:
        for _ in range(2):
            async with pool.connection() as first:
                first.adapters.register_loader("int4", Shouting)
                first.adapters.register_loader("int8", Shouting)
                assert await answer(first) == (1_001,)
        async with pool.connection() as second:
            assert second is first
            assert await answer(second) == (1,)
            eight = await second.execute("SELECT 1::int8")
            assert await eight.fetchone() == ("1",)
        async with await TrioConnection.connect(dsn) as other:
            assert await answer(other) == (1,)


async def test_notifications_to_one_user_are_not_the_next_ones(dsn: str) -> None:
    """They came with an answer, and were not looked at."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        async with pool.connection() as first:
            await first.execute("LISTEN news")
            await first.execute("NOTIFY news")
            await first.execute("UNLISTEN news")
        async with pool.connection() as second:
            assert second is first
            assert [note async for note in second.notifies(timeout=0)] == []


class Slow(CancelRequest):
    """A request that is on its way for long."""

    async def send(self) -> None:
        """Be late."""
        self.sent = True
        await trio.sleep(0.3)


async def test_a_request_of_one_user_does_not_cancel_the_next_one(
    dsn: str, monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    """While it is on its way it may hit whatever comes."""
    async with open_pool(dsn, options=ONE, autocommit=True) as pool:
        async with pool.connection() as first, trio.open_nursery() as inner:
            inner.start_soon(first.execute, "SELECT pg_sleep(0.1)")
            await trio.sleep(0.03)
            monkeypatch.setattr(_driven, "CancelRequest", Slow)
            nursery.start_soon(first.cancel_safe)
        assert first.closed
        async with pool.connection() as second:
            assert await answer(second) == (1,)


async def test_a_loan_that_is_cancelled_at_its_end_is_rolled_back_and_keeps_its_connection(dsn: str) -> None:
    """Nothing went wrong with that."""
    async with open_pool(dsn, options=ONE) as pool:
        with trio.CancelScope() as scope:
            async with pool.connection() as first:
                await first.execute("CREATE TEMP TABLE t (n int)")
                scope.cancel()
        assert scope.cancelled_caught
        async with pool.connection() as second:
            assert second is first
            found = await second.execute("SELECT to_regclass('t')")
            assert await found.fetchone() == (None,)


async def test_what_the_keeper_opens_too_late_is_closed(dsn: str) -> None:
    """The pool was closed in between."""
    opened: list[Connection] = []
    begun = trio.Event()

    async def connect() -> Connection:
        connection = await TrioConnection.connect(dsn)
        opened.append(connection)
        begun.set()
        with trio.CancelScope(shield=True):
            await trio.sleep(0.05)
        return connection

    pool = TrioPool(connect, dsn="", options=PoolOptions(size=1, min_size=1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pool.keep)
        await begun.wait()
        pool.close()
        nursery.cancel_scope.cancel()
    assert opened[0].closed
    assert pool.statistics().idle == 0


async def test_a_commit_that_is_lost_while_the_keeper_configures_ends_nothing(dsn: str) -> None:
    """It tries again, as after any other loss."""
    tries = 0

    async def configure(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise _driven.OutcomeUnknown(why="the connection was lost")

    options = PoolOptions(size=1, min_size=1)
    async with open_pool(dsn, options=options, configure=configure) as pool:
        with trio.fail_after(5):
            while not pool.statistics().idle:  # noqa: ASYNC110 - the keeper goes by the clock
                await trio.sleep(0.01)
    assert tries == 2


async def test_also_an_exit_of_the_block_comes_out_bare(dsn: str) -> None:
    """As all its errors do."""
    with pytest.raises(SystemExit):
        async with open_pool(dsn):
            raise SystemExit
    with trio.CancelScope() as scope:
        async with open_pool(dsn):
            scope.cancel()
            await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught
