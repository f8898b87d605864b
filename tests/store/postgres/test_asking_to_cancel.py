"""What is cancelled when the request to cancel does not get through."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from tests.store.postgres.proxy import between
from trio_smith.store.postgres import PoolOptions, TrioConnection, open_pool
from trio_smith.store.postgres.driver import _driven
from trio_smith.store.postgres.driver._cancel import CancelRequest
from trio_smith.testing.postgres import Postgres

Connection = TrioConnection[Any]


class Way:
    """A way to the server that can be closed for those that come; who is connected stays so."""

    def __init__(self, link: Path, folder: Path) -> None:
        self._link, self._folder = link, folder
        self.dsn = f"host={link} user=smith dbname=postgres"

    def open(self) -> None:
        """Let all in."""
        self._link.symlink_to(self._folder)

    def close(self) -> None:
        """Let nobody in."""
        self._link.unlink()


@pytest.fixture
def way(own_postgres: Postgres, tmp_path: Path) -> Way:
    """One that is open."""
    way = Way(tmp_path / "way", own_postgres.folder)
    way.open()
    return way


@pytest.fixture
async def connection(way: Way) -> AsyncGenerator[Connection]:
    """One over that way, with little patience."""
    connection: Connection = await TrioConnection.connect(way.dsn, autocommit=True, grace=1)
    yield connection
    await connection.close()


async def test_what_ends_within_the_grace_is_told_and_the_connection_kept(
    connection: Connection, way: Way
) -> None:
    """Nobody stopped it, so it has an effect; and no request is on its way that could hit the next one."""
    way.close()
    with trio.move_on_after(0.05) as scope:
        cursor = await connection.execute("SELECT 42 FROM pg_sleep(0.4)")
        assert await cursor.fetchone() == (42,)
    assert scope.cancel_called
    assert not connection.closed
    assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_what_does_not_end_within_the_grace_costs_the_connection(
    connection: Connection, way: Way
) -> None:
    """Its effect is unknown."""
    way.close()
    before = trio.current_time()
    with trio.move_on_after(0.05) as scope:
        await connection.execute("SELECT pg_sleep(30)")
    assert scope.cancelled_caught
    assert connection.closed
    assert 0.9 < trio.current_time() - before < 3


async def test_the_request_is_sent_again_until_it_gets_through(connection: Connection, way: Way) -> None:
    """Every quarter of a second."""
    way.close()
    async with trio.open_nursery() as nursery:

        async def open_later() -> None:
            await trio.sleep(0.4)
            way.open()

        nursery.start_soon(open_later)
        before = trio.current_time()
        with trio.move_on_after(0.05) as scope:
            await connection.execute("SELECT pg_sleep(30)")
    assert scope.cancelled_caught
    assert not connection.closed
    assert trio.current_time() - before < 0.95
    assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_a_stream_that_is_left_early_ends_without_the_request(connection: Connection, way: Way) -> None:
    """That is no error of whoever had enough; a short rest is read to its end, a long one closes it."""
    way.close()
    async with aclosing(connection.cursor().stream("SELECT generate_series(1, 20000)")) as stream:
        assert await anext(stream) == (1,)
    assert not connection.closed
    assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
    slow = "SELECT repeat('x', 10000), pg_sleep(0.1) FROM generate_series(1, 300)"
    before = trio.current_time()
    async with aclosing(connection.cursor().stream(slow)) as stream:
        await anext(stream)
    assert connection.closed
    assert trio.current_time() - before < 4


async def test_it_is_known_whether_a_request_was_sent(own_postgres: Postgres) -> None:
    """One that was cut off by a reset was; one that found nobody was not."""
    async with between(own_postgres.folder) as proxy:
        connection: Connection = await TrioConnection.connect(proxy.dsn(sslmode="disable"), autocommit=True)
        proxy.resetting = True
        request = CancelRequest(connection.pgconn, threads=trio.CapacityLimiter(1))
        with suppress(psycopg.OperationalError):
            # An old libpq does not look at what comes back.
            await request.send()
        assert request.sent
    request = CancelRequest(connection.pgconn, threads=trio.CapacityLimiter(1))
    with pytest.raises(psycopg.OperationalError):
        await request.send()
    assert not request.sent
    await connection.close()


class Lost(CancelRequest):
    """One that was sent, and of which nobody knows when it comes."""

    async def send(self) -> None:
        """Fail after it was sent."""
        self.sent = True
        raise psycopg.OperationalError("connection reset by peer")


async def test_a_request_that_may_come_later_costs_the_connection(
    connection: Connection, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could hit the next statement, which nobody wants to cancel; the result is told all the same."""
    monkeypatch.setattr(_driven, "CancelRequest", Lost)
    with trio.move_on_after(0.05) as scope:
        cursor = await connection.execute("SELECT 42 FROM pg_sleep(0.2)")
        assert await cursor.fetchone() == (42,)
    assert scope.cancel_called
    assert connection.closed
    async with await TrioConnection.connect(way.dsn, autocommit=True) as other:
        async with aclosing(other.cursor().stream("SELECT generate_series(1, 20000)")) as stream:
            await anext(stream)
        assert other.closed


async def test_a_pool_does_not_lend_what_a_request_may_hit(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the user sent, too."""
    async with open_pool(way.dsn, options=PoolOptions(size=1), autocommit=True) as pool:
        async with pool.connection() as lent, trio.open_nursery() as nursery:
            nursery.start_soon(lent.execute, "SELECT pg_sleep(0.2)")
            await trio.sleep(0.05)
            with monkeypatch.context() as patch, pytest.raises(psycopg.OperationalError, match="reset"):
                patch.setattr(_driven, "CancelRequest", Lost)
                await lent.cancel_safe()
        assert lent.closed
        assert pool.statistics().discarded == 1
