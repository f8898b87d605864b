"""SELECT 1 on one blocking connection of psycopg, each in a thread of Trio: the way without a driver."""

import psycopg
import trio

from stress.bench.measure import argument, emit, now
from trio_smith.testing.postgres import throwaway_postgres


async def _main(dsn: str, n: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:

        def select() -> None:
            connection.execute("SELECT 1").fetchone()

        await trio.to_thread.run_sync(select)
        begun = now()
        for _ in range(n):
            await trio.to_thread.run_sync(select)
        emit("select", n / (now() - begun), "/s")


with throwaway_postgres(own=True) as postgres:
    trio.run(_main, postgres.dsn, argument("n", 10_000))
