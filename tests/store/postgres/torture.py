"""Many kinds of work, each cancelled at a random moment, and an account of what must be there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from random import Random
from typing import Any, TypeAlias

import attrs
import psycopg
import trio

from trio_smith.store.postgres import OutcomeUnknown, TrioConnection, TrioPool

Connection: TypeAlias = TrioConnection[Any]
Work: TypeAlias = Callable[["Job"], Awaitable[None]]

PARTS = 3


@attrs.define
class Job:
    """One piece of work: a connection, a number of its own, and how it ended."""

    connection: Connection
    number: int
    kind: str
    done: bool = False
    problem: str | None = None

    def expect(self, found: Any, expected: Any) -> None:
        """Note a result that is not ours."""
        if found != expected:
            self.problem = f"{self.kind} {self.number}: {found!r} instead of {expected!r}"

    async def insert(self, part: int = 0) -> None:
        """Put one row of this job into the table."""
        await self.connection.execute("INSERT INTO torture VALUES (%s, %s)", [self.number, part])


async def select(job: Job) -> None:
    """Read one value."""
    cursor = await job.connection.execute("SELECT %s::int FROM pg_sleep(0.001)", [job.number])
    job.expect(await cursor.fetchone(), (job.number,))


async def select_much(job: Job) -> None:
    """Read many rows at once."""
    cursor = await job.connection.execute("SELECT %s::int + n FROM generate_series(1, 5000) n", [job.number])
    job.expect((await cursor.fetchall())[-1], (job.number + 5_000,))


async def insert(job: Job) -> None:
    """Write one row."""
    await job.insert()
    job.done = True


async def insert_slowly(job: Job) -> None:
    """Write one row, in a statement that takes a while before and after."""
    await job.connection.execute(
        "WITH w AS (INSERT INTO torture SELECT %s, 0 FROM pg_sleep(0.001)) SELECT pg_sleep(0.001)",
        [job.number],
    )
    job.done = True


async def insert_by_itself(job: Job) -> None:
    """Write one row, in a statement that is the whole transaction, and is not asked to stop."""
    await job.connection.execute_and_commit("INSERT INTO torture VALUES (%s, 0)", [job.number])
    job.done = True


async def transaction(job: Job) -> None:
    """Write several rows in one transaction."""
    async with job.connection.transaction():
        for part in range(PARTS):
            await job.insert(part)
    job.done = True


async def savepoint(job: Job) -> None:
    """Roll back to a savepoint, and commit the rest."""
    async with job.connection.transaction():
        await job.insert()
        async with job.connection.transaction(force_rollback=True):
            await job.insert(99)
    job.done = True


async def manual(job: Job) -> None:
    """Begin and commit without a block."""
    await job.connection.set_autocommit(False)
    await job.insert(0)
    await job.insert(1)
    await job.connection.commit()
    job.done = True
    await job.connection.set_autocommit(True)


async def copy_in(job: Job) -> None:
    """Copy rows into the table."""
    async with job.connection.cursor().copy("COPY torture FROM STDIN") as copy:
        for part in range(200):
            await copy.write_row((job.number, part))
    job.done = True


async def copy_out(job: Job) -> None:
    """Copy rows out."""
    query = f"COPY (SELECT {job.number} FROM generate_series(1, 2000)) TO STDOUT"  # noqa: S608
    async with job.connection.cursor().copy(query) as copy:
        async for row in copy.rows():
            job.expect(row, (str(job.number),))


async def many(job: Job) -> None:
    """Execute one statement with many parameters."""
    cursor = job.connection.cursor()
    rows = [(job.number, part) for part in range(50)]
    await cursor.executemany("INSERT INTO torture VALUES (%s, %s) RETURNING job", rows, returning=True)
    job.done = True
    job.expect(await cursor.fetchone(), (job.number,))


async def pipeline(job: Job) -> None:
    """Have many statements on their way."""
    async with job.connection.pipeline():
        cursors = [await job.connection.execute("SELECT %s::int", [job.number + n]) for n in range(20)]
        await job.insert()
        for n, cursor in enumerate(cursors):
            job.expect(await cursor.fetchone(), (job.number + n,))
    job.done = True


async def stream(job: Job) -> None:
    """Read rows one by one."""
    rows = job.connection.cursor().stream("SELECT %s::int FROM generate_series(1, 200)", [job.number])
    async with aclosing(rows):
        async for row in rows:
            job.expect(row, (job.number,))


async def named(job: Job) -> None:
    """Fetch from a cursor at the server."""
    async with job.connection.transaction(), job.connection.cursor("named") as cursor:
        await cursor.execute("SELECT %s::int + n FROM generate_series(1, 500) n", [job.number])
        for n in range(1, 4):
            job.expect(await cursor.fetchmany(1), [(job.number + n,)])


async def listen(job: Job) -> None:
    """Wait for a notification of one's own."""
    channel = f"c{job.number}"
    await job.connection.execute(f"LISTEN {channel}")
    await job.connection.execute(f"NOTIFY {channel}, '{job.number}'")
    async with aclosing(job.connection.notifies(timeout=0.003)) as notes:
        async for note in notes:
            job.expect(int(note.payload), int(note.channel[1:]))
    await job.connection.execute(f"UNLISTEN {channel}")


ROWS: dict[Work, int] = {
    select: 0,
    select_much: 0,
    insert: 1,
    insert_slowly: 1,
    insert_by_itself: 1,
    transaction: PARTS,
    savepoint: 1,
    manual: 2,
    copy_in: 200,
    copy_out: 0,
    many: 50,
    pipeline: 1,
    stream: 0,
    named: 0,
    listen: 0,
}
"""Each kind, and how many rows it leaves when it is done."""


@attrs.define
class Torture:
    """Does *wanted* cancelled jobs over *pool*, and keeps account."""

    pool: TrioPool
    random: Random
    wanted: int
    cancelled: Counter[str] = attrs.field(factory=Counter)
    problems: list[str] = attrs.field(factory=list)
    must: dict[int, tuple[str, int]] = attrs.field(factory=dict)
    """How many rows of a job must be there."""
    unknown: Counter[str] = attrs.field(factory=Counter)
    _lasts: defaultdict[str, float] = attrs.field(factory=lambda: defaultdict(lambda: 0.002))
    _number: int = 0

    async def work(self) -> None:
        """Do one job after the other until enough were cancelled."""
        kinds = list(ROWS)
        while self.cancelled.total() < self.wanted:
            # Each kind is cancelled as often as the others.
            fewest = min(self.cancelled[kind.__name__] for kind in kinds)
            near = [kind for kind in kinds if self.cancelled[kind.__name__] <= fewest + 5]
            await self._one(self.random.choice(near))

    async def _one(self, work: Work) -> None:
        self._number += 1
        number = self._number
        async with self.pool.connection() as connection:
            job = Job(connection, number, work.__name__)
            began = trio.current_time()
            with trio.CancelScope() as scope:
                scope.deadline = began + self.random.uniform(0, 1.1) * self._lasts[job.kind]
                try:
                    await work(job)
                except (OutcomeUnknown, psycopg.Error) as error:
                    self.problems.append(f"{job.kind} {job.number}: {error!r}")
            if scope.cancelled_caught and not connection.autocommit and not connection.closed:
                # What the block leaves open would be committed with the end of the loan.
                await connection.rollback()
            self._account(job, ROWS[work], trio.current_time() - began, scope)

    def _account(self, job: Job, rows: int, lasted: float, scope: trio.CancelScope) -> None:
        if job.problem is not None:
            self.problems.append(job.problem)
        if scope.cancel_called:
            self.cancelled[job.kind] += 1
        else:
            # What is cancelled lasts longer or shorter than what is not.
            self._lasts[job.kind] += 0.2 * (lasted - self._lasts[job.kind])
        if scope.cancelled_caught and not job.done:
            # The estimate grows with what was cut short, or some kinds would be cut at their beginning alone.
            self._lasts[job.kind] *= 1.01
        if job.done:
            self.must[job.number] = job.kind, rows
        elif job.connection.closed:
            self.unknown[job.kind] += 1
        else:
            self.must[job.number] = job.kind, 0

    async def judge(self, other: Connection) -> list[str]:
        """Return everything that was wrong, by what *other* finds in the table."""
        found: Counter[int] = Counter()
        cursor = await other.execute("SELECT job, count(*), max(part) FROM torture GROUP BY job")
        async for job, count, highest in cursor:
            found[job] = count
            if highest == 99 and count < 100:
                self.problems.append(f"{job}: what was rolled back to a savepoint is there")
        for job, (kind, rows) in self.must.items():
            if found[job] != rows:
                self.problems.append(f"{kind} {job}: {found[job]} rows instead of {rows}")
        return self.problems
