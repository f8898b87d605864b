"""SELECT 1 on one connection of psycopg on asyncio, as it is."""

import asyncio

import psycopg

from stress.bench.measure import argument, emit, now
from trio_smith.testing.postgres import throwaway_postgres


async def _select(connection: psycopg.AsyncConnection[tuple[int]], n: int) -> None:
    for _ in range(n):
        cursor = await connection.execute("SELECT 1")
        await cursor.fetchone()


async def _main(dsn: str, n: int) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await _select(connection, 100)
        begun = now()
        await _select(connection, n)
        emit("select", n / (now() - begun), "/s")


with throwaway_postgres(own=True) as postgres:
    asyncio.run(_main(postgres.dsn, argument("n", 20_000)))
