"""A store in PostgreSQL: every commit one transaction, on a connection of a pool."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
import trio

from ...resilience import Backoff
from .._errors import StoreBusy
from .._wakes import Wakes
from ..sql import commit, query
from ._errors import PoolTimeout
from ._failures import AGAIN, NO_CONNECTION, failure
from ._patience import patience
from ._run import run

if TYPE_CHECKING:
    from ..words import Query, Write
    from .pool import TrioPool

R = TypeVar("R")

WRITING: Final = "cannot write to the store"
READING: Final = "cannot read from the store"
ATTEMPTS: Final = 5
PAUSES: Final = Backoff(initial=0.005, factor=2.0, maximum=0.1, jitter=1.0)
CHANNEL: Final = "smith"
LONGEST_TOPIC: Final = 7_999
"""PostgreSQL refuses longer ones; nobody is woken then, and whoever waits sees it at the next look."""

LISTEN_AGAIN: Final = Backoff(initial=0.1, factor=2.0, maximum=10.0, jitter=0.5)


class PostgresAdapter:
    """Carries out programs on the connections of *pool*; the server has *limit* seconds for each statement.

    It gives up by itself before. The limit is for a server of which nothing is heard any more.
    """

    def __init__(self, pool: TrioPool, *, limit: float) -> None:
        self.wakes = Wakes()
        self._pool, self._limit = pool, limit
        self._random = Random()

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Carry out *writes*; see `Adapter.commit`.

        Two transactions that stand in each other's way are carried out again, up to five times.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answers = await self._transaction(writes, key)
            except psycopg.Error as error:
                if error.sqlstate not in AGAIN or attempt == ATTEMPTS:
                    raise failure(error, what=WRITING) from error
            except PoolTimeout as error:
                raise StoreBusy(what=WRITING, why=f"{error.what}: {error.why}", fix=NO_CONNECTION) from error
            else:
                self.wakes.wake_for(writes)
                return answers
            await trio.sleep(PAUSES.delay(attempt, self._random))
        raise AssertionError("the last attempt returns or raises")

    async def query(self, asked: Query[R]) -> R:
        """Answer *asked*; see `Adapter.query`."""
        try:
            async with self._pool.connection() as connection:
                with patience(self._limit, what=READING) as more:
                    return await run(query(asked), connection, more=more)
        except psycopg.Error as error:
            raise failure(error, what=READING) from error
        except PoolTimeout as error:
            raise StoreBusy(what=READING, why=f"{error.what}: {error.why}", fix=NO_CONNECTION) from error

    async def listen(self) -> None:
        """Wake those here for whom somebody elsewhere has written; goes on for ever.

        A connection that is lost is made again. Nobody knows what was missed in between, so all are woken.
        """
        attempt = 0
        while True:
            try:
                async with self._pool.connection() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    attempt = 0
                    self.wakes.wake_all()
                    async for notice in connection.notifies():
                        self.wakes.wake(notice.payload)
            except (psycopg.Error, PoolTimeout):
                attempt += 1
            await trio.sleep(LISTEN_AGAIN.delay(max(attempt, 1), self._random))

    async def _transaction(self, writes: tuple[Write[Any], ...], key: str | None) -> tuple[Any, ...]:
        async with self._pool.connection() as connection:
            with patience(self._limit, what=WRITING) as more:
                async with connection.transaction():
                    more()
                    answers = await run(commit(writes, key=key), connection, more=more)
                    for topic in sorted({write.wakes for write in writes if write.wakes is not None}):
                        if len(topic.encode()) <= LONGEST_TOPIC:
                            await connection.execute(
                                "SELECT pg_notify(%(channel)s, %(topic)s)",
                                {"channel": CHANNEL, "topic": topic},
                            )
                return answers
