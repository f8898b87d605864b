"""SELECT 1 on one connection driven by Trio, and on one that a pool lends each time."""

import trio

from stress.bench.measure import argument, emit, latencies, now
from trio_smith.store.postgres import TrioConnection, open_pool
from trio_smith.testing.postgres import throwaway_postgres

BATCH = 100


async def _bare(connection: TrioConnection[tuple[int]], samples: list[float]) -> None:
    for _ in range(BATCH):
        begun = now()
        cursor = await connection.execute("SELECT 1")
        await cursor.fetchone()
        samples.append(now() - begun)


async def _main(dsn: str, n: int) -> None:
    bare: list[float] = []
    lent: list[float] = []
    async with (
        await TrioConnection.connect(dsn, autocommit=True) as connection,
        open_pool(dsn, autocommit=True) as pool,
    ):

        async def pooled(samples: list[float]) -> None:
            for _ in range(BATCH):
                begun = now()
                async with pool.connection() as one:
                    cursor = await one.execute("SELECT 1")
                    await cursor.fetchone()
                samples.append(now() - begun)

        await _bare(connection, [])
        await pooled([])
        begun = now()
        for _ in range(n // BATCH):
            await _bare(connection, [])
        emit("select", n // BATCH * BATCH / (now() - begun), "/s")
        # By turns, so that a slow moment of the machine falls on both.
        for _ in range(n // BATCH):
            await _bare(connection, bare)
            await pooled(lent)
    latencies("select", bare)
    latencies("pooled select", lent)


with throwaway_postgres(own=True) as postgres:
    trio.run(_main, postgres.dsn, argument("n", 20_000))
