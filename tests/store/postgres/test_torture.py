"""Thousands of cancellations in the midst of all kinds of work, and nothing is wrong, lost or left."""

import os
import threading
from random import Random
from typing import Any

import pytest
import trio

from tests.store.postgres.torture import ROWS, Torture
from trio_smith.store.postgres import PoolOptions, TrioConnection, open_pool

WANTED = int(os.environ.get("SMITH_TORTURE", "5000"))
LEFT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'torture'"


async def gone(other: TrioConnection[Any]) -> None:
    """Wait until the server has no process left for what was closed."""
    with trio.fail_after(10):
        while True:
            row = await (await other.execute(LEFT)).fetchone()
            if row == (0,):
                return
            await trio.sleep(0.02)


@pytest.mark.long
async def test_thousands_of_cancellations_do_no_harm(dsn: str, no_leaks: None) -> None:
    """No wrong result, no row of what was cancelled, all rows of what returned; nothing left behind.

    Only where the connection is closed afterwards the effect may be either, and only a train of statements
    costs the connection.
    """
    threads = threading.active_count()
    options = PoolOptions(size=6)
    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        await other.execute("DROP TABLE IF EXISTS torture")
        await other.execute("CREATE UNLOGGED TABLE torture (job int, part int)")
        async with open_pool(dsn, options=options, autocommit=True, application_name="torture") as pool:
            torture = Torture(pool, Random(7), WANTED)
            with trio.fail_after(300):
                async with trio.open_nursery() as nursery:
                    for _ in range(10):
                        nursery.start_soon(torture.work)
            assert pool.statistics().in_use == 0
            assert pool.statistics().waiting == 0
        assert await torture.judge(other) == []
        assert set(torture.unknown) <= {"many", "pipeline", "stream"}
        assert min(torture.cancelled[kind.__name__] for kind in ROWS) > WANTED // (2 * len(ROWS))
        await gone(other)
        await other.execute("DROP TABLE torture")
    # Those that sent the requests of an old libpq may stay for the next.
    assert threading.active_count() <= threads + 20
