"""Ctrl-C is a cancellation of the main task, and is never swallowed."""

import signal
from collections.abc import Generator
from typing import Any

import pytest
import trio

from trio_smith.store.postgres import PoolOptions, TrioConnection, open_pool

DEAF = "DO $$ BEGIN PERFORM pg_sleep(0.3); EXCEPTION WHEN query_canceled THEN NULL; END $$"


@pytest.fixture
def ctrl_c() -> Generator[None]:
    """Ctrl-C is that of Python, whatever the tests are run by."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(30)", DEAF])
def test_ctrl_c_stops_the_statement_and_comes_out(dsn: str, statement: str, ctrl_c: None) -> None:
    """Also if the statement was done all the same: Trio tells of a Ctrl-C once."""
    connections: list[TrioConnection[Any]] = []

    @trio.lowlevel.enable_ki_protection
    async def press() -> None:
        await trio.sleep(0.1)
        signal.raise_signal(signal.SIGINT)

    async def main() -> None:
        async with await TrioConnection.connect(dsn, autocommit=True) as connection:
            connections.append(connection)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(press)
                with pytest.raises(KeyboardInterrupt):
                    await connection.execute(statement)
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)

    trio.run(main)
    assert connections[0].closed


def test_ctrl_c_never_comes_between_two_lines_of_ours(dsn: str, ctrl_c: None) -> None:
    """It waits for the next checkpoint: amid an answer it would leave the rest of it to the next one."""

    async def main() -> None:
        pressed = 0

        def press(_: object) -> None:
            nonlocal pressed
            pressed += 1
            signal.raise_signal(signal.SIGINT)

        options = PoolOptions(size=1)
        async with open_pool(dsn, options=options, autocommit=True) as pool:
            async with pool.connection() as connection:
                connection.add_notify_handler(press)
                await connection.execute("LISTEN pressed")
                with pytest.raises(KeyboardInterrupt):
                    await connection.execute("SELECT pg_notify('pressed', ''), generate_series(1, 100)")
                    await trio.lowlevel.checkpoint()
                assert pressed == 1
                assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
            assert pool.statistics().in_use == 0

    trio.run(main)
