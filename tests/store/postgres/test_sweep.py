"""A pool whose users are cancelled at each step in turn loses nothing, and lends only what is clean."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeAlias

import attrs
import psycopg
import pytest
import trio

from tests.store.postgres.sweep import sweep
from trio_smith.store.postgres import PoolOptions, TrioConnection, TrioPool, open_pool

Connection: TypeAlias = TrioConnection[Any]

LEFT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'swept'"


@attrs.define
class Job:
    """One run of a scenario: it has a number, and so many rows of it were acknowledged."""

    number: int = 0
    rows: int = 0

    async def insert(self, connection: Connection, part: int) -> None:
        """Put one row of this run into the table."""
        await connection.execute("INSERT INTO swept VALUES (%s, %s)", [self.number, part])


async def loan(pool: TrioPool, job: Job) -> None:
    """Write, and have the end of the loan commit it."""
    async with pool.connection() as connection:
        await connection.set_autocommit(False)
        await job.insert(connection, 1)
        await job.insert(connection, 2)
    job.rows = 2


async def statement(pool: TrioPool, job: Job) -> None:
    """Write in one statement, which takes a while before and after."""
    async with pool.connection() as connection:
        await connection.execute(
            "WITH w AS (INSERT INTO swept SELECT %s, 1 FROM pg_sleep(0.003)) SELECT pg_sleep(0.003)",
            [job.number],
        )
        job.rows = 1


async def by_itself(pool: TrioPool, job: Job) -> None:
    """Write in a statement that is the whole transaction."""
    async with pool.connection() as connection:
        await connection.execute_and_commit("INSERT INTO swept VALUES (%s, 1)", [job.number])
        job.rows = 1


async def transaction(pool: TrioPool, job: Job) -> None:
    """Write in a block, and in one within it; with a lock, which must not stay."""
    async with pool.connection() as connection:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(77)")
            await job.insert(connection, 1)
            async with connection.transaction():
                await job.insert(connection, 2)
        job.rows = 2


async def pipeline(pool: TrioPool, job: Job) -> None:
    """Write in a block in a pipeline."""
    async with pool.connection() as connection, connection.pipeline():
        async with connection.transaction():
            await job.insert(connection, 1)
            await job.insert(connection, 2)
        job.rows = 2


async def copy(pool: TrioPool, job: Job) -> None:
    """Copy in."""
    async with pool.connection() as connection:
        async with connection.cursor().copy("COPY swept FROM STDIN") as copying:
            await copying.write_row((job.number, 1))
            await copying.write_row((job.number, 2))
        job.rows = 2


async def in_turn(pool: TrioPool, job: Job) -> None:
    """Have two users, of whom one waits for the other."""

    async def use(part: int) -> None:
        async with pool.connection() as connection:
            await job.insert(connection, part)
            job.rows += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(use, 1)
        nursery.start_soon(use, 2)


KINDS = [loan, statement, by_itself, transaction, pipeline, copy, in_turn]


class Judge:
    """Looks after each run, from outside."""

    def __init__(self, other: Connection, job: Job) -> None:
        self._other, self._job = other, job

    async def next_job(self) -> None:
        """What was acknowledged is in the table, and nothing else."""
        cursor = await self._other.execute("SELECT count(*) FROM swept WHERE job = %s", [self._job.number])
        assert await cursor.fetchone() == (self._job.rows,)
        self._job.number += 1
        self._job.rows = 0

    async def backends(self, most: int) -> None:
        """No more than *most* processes of the server are there for us; they need a moment to go."""
        with trio.fail_after(10):
            while True:
                row = await (await self._other.execute(LEFT)).fetchone()
                assert row is not None
                if row[0] <= most:
                    return
                await trio.sleep(0.002)


@pytest.fixture
async def judge(dsn: str) -> AsyncGenerator[tuple[Judge, Job]]:
    """One over an empty table, and the job that it judges."""
    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        await other.execute("DROP TABLE IF EXISTS swept")
        await other.execute("CREATE TABLE swept (job int, part int)")
        job = Job()
        yield Judge(other, job), job
        await other.execute("DROP TABLE swept")


@pytest.mark.parametrize("kind", KINDS)
async def test_users_of_a_pool(
    dsn: str, judge: tuple[Judge, Job], kind: Callable[[TrioPool, Job], Awaitable[None]], no_leaks: None
) -> None:
    """No slot is lost, and the next one has the connection as new: idle, with nothing locked."""
    judging, job = judge
    options = PoolOptions(size=1)
    async with open_pool(dsn, options=options, autocommit=True, application_name="swept") as pool:

        async def check() -> None:
            assert (pool.statistics().in_use, pool.statistics().waiting) == (0, 0)
            await judging.next_job()
            async with pool.connection() as connection:
                assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
                assert connection.autocommit
                held = await connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
                assert await held.fetchone() == (0,)
            await judging.backends(1)

        assert await sweep(lambda: kind(pool, job), check) >= 3
    await judging.backends(0)


@pytest.mark.parametrize("kind", [loan, in_turn])
async def test_the_whole_life_of_a_pool(
    dsn: str, judge: tuple[Judge, Job], kind: Callable[[TrioPool, Job], Awaitable[None]], no_leaks: None
) -> None:
    """From its opening to its closing, each connection new and configured: no process stays, and no file."""
    judging, job = judge

    async def configure(connection: Connection) -> None:
        await connection.execute("SET statement_timeout = '10s'")

    async def live() -> None:
        # Its keeper opens one, too.
        options = PoolOptions(size=1, min_size=1)
        async with open_pool(
            dsn, options=options, configure=configure, autocommit=True, application_name="swept"
        ) as pool:
            await kind(pool, job)

    async def check() -> None:
        await judging.next_job()
        await judging.backends(0)

    assert await sweep(live, check) >= 15
