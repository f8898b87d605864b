"""Ctrl-C is a cancellation of the main task, and is never swallowed."""

import signal
from typing import Any

import pytest
import trio

from trio_smith.store.postgres import TrioConnection

DEAF = "DO $$ BEGIN PERFORM pg_sleep(0.3); EXCEPTION WHEN query_canceled THEN NULL; END $$"


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(30)", DEAF])
def test_ctrl_c_stops_the_statement_and_comes_out(dsn: str, statement: str) -> None:
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

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        trio.run(main)
    finally:
        signal.signal(signal.SIGINT, before)
    assert connections[0].closed
