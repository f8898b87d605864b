"""The way to the server, and the first word of it."""

import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from tests.store.postgres.proxy import Proxy, between
from trio_smith.store.postgres import TrioConnection
from trio_smith.testing.postgres import Postgres

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""With its key: for tests on this machine, and nothing else."""


@pytest.fixture(scope="session")
def folder(own_postgres: Postgres) -> Path:
    """Where the socket of a server of our own is."""
    return own_postgres.folder


@pytest.fixture
async def proxy(folder: Path) -> AsyncGenerator[Proxy]:
    """One before it."""
    async with between(folder) as proxy:
        yield proxy


async def one(connection: TrioConnection[Any], query: str) -> Any:
    """Return the only value of *query*."""
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]


async def test_a_wrong_database_is_an_error_with_the_servers_words(dsn: str, no_leaks: None) -> None:
    """And leaves no file open."""
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        await TrioConnection.connect(dsn, dbname="nowhere")


async def test_the_first_of_several_hosts_that_answers_is_taken(proxy: Proxy) -> None:
    """Nobody listens on port 1."""
    hosts = {"host": "127.0.0.1,127.0.0.1", "port": f"1,{proxy.port}"}
    async with await TrioConnection.connect(proxy.dsn(**hosts)) as connection:
        assert await one(connection, "SELECT 1") == 1


async def test_if_no_host_answers_all_reasons_are_told() -> None:
    """One may be the interesting one."""
    with pytest.raises(psycopg.OperationalError, match="All attempts failed") as caught:
        await TrioConnection.connect("host=127.0.0.1,127.0.0.2 port=1 user=smith")
    assert "127.0.0.2" in str(caught.value)


async def test_a_name_that_is_unknown_is_looked_up_without_blocking() -> None:
    """In a thread."""
    with pytest.raises(psycopg.OperationalError, match=r"resolve|not known"):
        await TrioConnection.connect("host=nowhere.invalid user=smith")


async def test_a_silent_server_is_given_up_after_connect_timeout(proxy: Proxy) -> None:
    """Two seconds are the least that libpq knows."""
    proxy.silent = True
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        await TrioConnection.connect(proxy.dsn(connect_timeout="2"))


async def test_connecting_can_be_cancelled(proxy: Proxy) -> None:
    """At any time."""
    proxy.silent = True
    with trio.move_on_after(0.05) as scope:
        await TrioConnection.connect(proxy.dsn())
    assert scope.cancelled_caught


async def test_a_connection_can_be_encrypted(folder: Path) -> None:
    """With all that libpq checks of a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with between(folder, tls=context) as proxy:
        dsn = proxy.dsn(sslmode="verify-full", sslrootcert=str(CERTIFICATE), host="localhost")
        async with await TrioConnection.connect(dsn, autocommit=True) as connection:
            assert connection.pgconn.ssl_in_use
            big = await one(connection, "SELECT repeat('x', 5000000)")
            assert len(big) == 5_000_000
            assert await one(connection, "SELECT length(%s)" % f"'{'y' * 100_000}'") == 100_000  # noqa: UP031
            with trio.move_on_after(0.05) as scope:
                await connection.execute("SELECT pg_sleep(30)")
            assert scope.cancelled_caught
            assert await one(connection, "SELECT 1") == 1
        assert proxy.accepted > 1


async def test_one_whose_certificate_is_not_trusted_is_refused(folder: Path) -> None:
    """Nothing was sent to it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with between(folder, tls=context) as proxy:
        with pytest.raises(psycopg.OperationalError, match="certificate"):
            await TrioConnection.connect(proxy.dsn(sslmode="verify-full", sslrootcert="/dev/null"))
