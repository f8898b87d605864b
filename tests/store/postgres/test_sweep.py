"""Whoever uses a pool is cancelled at each of his steps in turn, and the next one notices nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from itertools import count
from typing import Any

import psycopg
import pytest
import trio
from psycopg.rows import dict_row

from tests.store.striking import When, struck
from trio_smith.store.postgres import OutcomeUnknown, PoolOptions, TrioConnection, TrioPool, open_pool
from trio_smith.testing import no_leaks
from trio_smith.testing.postgres import Postgres

ONE = PoolOptions(size=1)
NAME = "swept"
STEPS = 400
"""More than any of these takes; to come so far would mean that it does not end."""


class Stage:
    """A pool with one connection, a table, and a number that nobody else has."""

    def __init__(self, pool: TrioPool, witness: TrioConnection[Any], number: int) -> None:
        self.pool, self.witness, self.number = pool, witness, number

    async def written(self) -> bool:
        """Return whether the row of this number is there."""
        return bool(await value(self.witness, "SELECT count(*) FROM swept WHERE n = %s", self.number))


async def value(connection: TrioConnection[Any], query: Any, *parameters: object) -> Any:
    """Return the only value of *query*."""
    row = await (await connection.execute(query, parameters)).fetchone()
    assert row is not None
    return row[0]


async def selects(stage: Stage) -> None:
    """Ask for one's own number."""
    async with stage.pool.connection() as connection:
        assert await value(connection, "SELECT %s::int", stage.number) == stage.number


async def inserts(stage: Stage) -> None:
    """Write, and be committed at the end of the loan."""
    async with stage.pool.connection() as connection:
        await connection.execute("INSERT INTO swept VALUES (%s)", [stage.number])


async def commits(stage: Stage) -> None:
    """Write in a block of one's own."""
    async with stage.pool.connection() as connection, connection.transaction():
        await connection.execute("INSERT INTO swept VALUES (%s)", [stage.number])


async def writes_in_a_pipeline(stage: Stage) -> None:
    """Have several statements on their way."""
    async with stage.pool.connection() as connection, connection.pipeline(), connection.transaction():
        await connection.execute("SELECT 1")
        await connection.execute("INSERT INTO swept VALUES (%s)", [stage.number])


async def writes_many(stage: Stage) -> None:
    """Write by executemany, in a transaction."""
    async with (
        stage.pool.connection() as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        await cursor.executemany("INSERT INTO swept VALUES (%s)", [[stage.number]])


async def copies(stage: Stage) -> None:
    """Write by COPY."""
    async with (
        stage.pool.connection() as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY swept FROM STDIN") as copying,
    ):
        await copying.write_row([stage.number])


async def undoes(stage: Stage) -> None:
    """Write, and be rolled back by an error."""
    with pytest.raises(ZeroDivisionError):
        async with stage.pool.connection() as connection:
            await connection.execute("INSERT INTO swept VALUES (%s)", [stage.number])
            raise ZeroDivisionError


async def leaves_a_mess(stage: Stage) -> None:
    """Change what can be changed on the side of Python, and listen without an end."""
    async with stage.pool.connection() as connection:
        connection.row_factory = dict_row
        await connection.execute("SELECT 1")
        await connection.rollback()
        await connection.set_autocommit(not connection.autocommit)
        async with aclosing(connection.notifies(timeout=0.001)) as notes:
            async for _ in notes:
                pass


async def finds_its_connection_dead(stage: Stage) -> None:
    """Get another one in its place."""
    kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
    await stage.witness.execute(kill, [NAME])
    await selects(stage)


async def waits_for_its_turn(stage: Stage) -> None:
    """Come while another one has the only connection."""

    async def hold(task_status: trio.TaskStatus[None]) -> None:
        async with stage.pool.connection() as connection:
            task_status.started()
            await connection.execute("SELECT pg_sleep(0.001)")

    async with trio.open_nursery() as nursery:
        await nursery.start(hold)
        await selects(stage)


Work = Callable[[Stage], Awaitable[None]]
WRITES: list[Work] = [inserts, commits, writes_in_a_pipeline, writes_many, copies]
LEAVES: list[Work] = [selects, undoes, leaves_a_mess, finds_its_connection_dead, waits_for_its_turn]


@asynccontextmanager
async def witness_of(dsn: str) -> AsyncGenerator[TrioConnection[Any]]:
    """Connect past the pool, with an empty table."""
    async with await TrioConnection.connect(dsn, autocommit=True) as witness:
        await witness.execute("DROP TABLE IF EXISTS swept")
        await witness.execute("CREATE TABLE swept (n int)")
        yield witness


async def all_gone(witness: TrioConnection[Any]) -> None:
    """Wait until the server has no connection of a pool any more; fail after some seconds."""
    with trio.fail_after(5):
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        while await value(witness, asked, NAME):  # noqa: ASYNC110 - only asking tells
            await trio.sleep(0.005)


async def strike(work: Work, stage: Stage, *, at: int, when: When) -> bool:
    """Do *work*, cancelled at that step; check what it has left, and return whether it came so far."""
    unknown = False
    try:
        answers, cancelled = await struck(lambda: work(stage), at=at, when=when)
    except OutcomeUnknown:
        answers, cancelled, unknown = [], True, True
    where = f"{work.__name__} struck {when} at step {at}"
    found = stage.pool.statistics()
    assert (found.in_use, found.waiting) == (0, 0), where
    if work in WRITES and not unknown:
        # What returned is there, and what raised Cancelled is not, unless its connection was closed.
        assert await stage.written() or not answers, where
        if not answers and not found.discarded:
            assert not await stage.written(), where
    if work is undoes and not cancelled:
        assert found.discarded == 0, "it was rolled back, and can be lent again"
    with trio.fail_after(5):
        async with stage.pool.connection() as connection:
            state = connection.info.transaction_status
            assert state == psycopg.pq.TransactionStatus.IDLE, where
            assert not connection.autocommit, where
            assert await value(connection, "SELECT %s::int", -stage.number) == -stage.number, where
            assert await value(connection, "SELECT count(*) FROM pg_listening_channels()") == 0, where
    return cancelled


@pytest.mark.long
@pytest.mark.parametrize("work", [*WRITES, *LEAVES], ids=lambda work: work.__name__)
async def test_whoever_is_cancelled_anywhere_leaves_the_pool_as_it_was(
    work: Work, smith_postgres: Postgres
) -> None:
    """The next one gets a clean connection and his own answers, and nothing stays lent."""
    numbers, points = count(1), 0
    async with witness_of(smith_postgres.dsn) as witness:
        with no_leaks():
            for fresh in (True, False):
                for when in When:
                    for at in range(1, STEPS):
                        async with open_pool(smith_postgres.dsn, options=ONE, application_name=NAME) as pool:
                            stage = Stage(pool, witness, next(numbers))
                            if not fresh:
                                await selects(stage)
                            cancelled = await strike(work, stage, at=at, when=when)
                        if not cancelled:
                            break
                        points += 1
                    else:
                        raise AssertionError("it does not end")
        assert points >= 8, "it has more steps than that"
        await all_gone(witness)


async def test_a_pool_that_is_cancelled_while_it_opens_or_closes_leaves_nothing(
    smith_postgres: Postgres,
) -> None:
    """Neither a backend nor a descriptor nor a task."""

    async def whole() -> None:
        options = PoolOptions(size=2, min_size=2)
        async with (
            open_pool(smith_postgres.dsn, options=options, application_name=NAME) as pool,
            pool.connection() as connection,
        ):
            await connection.execute("SELECT 1")

    async with witness_of(smith_postgres.dsn) as witness:
        with no_leaks():
            for when in When:
                for at in range(1, STEPS):
                    _, cancelled = await struck(whole, at=at, when=when)
                    if not cancelled:
                        break
                else:
                    raise AssertionError("it does not end")
                assert at > 4
        await all_gone(witness)
