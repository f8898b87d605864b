"""A store in PostgreSQL whose commits are cancelled at any moment, by either driver."""

from __future__ import annotations

import threading
from collections import defaultdict
from random import Random
from typing import Final

import psycopg
import pytest
import trio

from tests.store.in_postgres import new_database, url_of
from trio_smith.store import Append, Enqueue, Execute, PostgresOptions, Select, Store, open_store
from trio_smith.testing.postgres import Postgres

KINDS: Final = ("alone", "together", "slow", "many", "read")


def kind_of(number: int) -> str:
    """Return what is done under *number*."""
    return KINDS[number % len(KINDS)]


class Account:
    """What was asked for, and what was said of it."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.random = store, Random(seed)
        self.returned: set[int] = set()
        self.cancelled: set[int] = set()
        self.by_kind: defaultdict[str, int] = defaultdict(int)
        self._lasts: defaultdict[str, float] = defaultdict(lambda: 0.005)

    async def work(self, numbers: range) -> None:
        """Do one after the other, and cancel most of them."""
        for number in numbers:
            kind = kind_of(number)
            began = trio.current_time()
            with trio.CancelScope() as scope:
                scope.deadline = began + self.random.uniform(0, 1.3) * self._lasts[kind]
                try:
                    await self._one(kind, number)
                except trio.Cancelled:
                    self.cancelled.add(number)
                    raise
                self.returned.add(number)
            if scope.cancelled_caught:
                self.by_kind[kind] += 1
                self._lasts[kind] *= 1.02  # or it would be cut at its beginning alone
            else:
                self._lasts[kind] += 0.3 * (trio.current_time() - began - self._lasts[kind])

    async def _one(self, kind: str, number: int) -> None:
        store = self.store
        if kind == "alone":
            await store.commit(Append("s", [number]), Enqueue("q", [number]))
        elif kind == "together":
            await store.queue.enqueue("q", number)
        elif kind == "slow":
            await store.commit(Enqueue("q", [number]), Execute("SELECT pg_sleep(0.003)"))
        elif kind == "many":
            await store.queue.enqueue_many("q", [number] * 200)
        else:
            query = Select("SELECT :n + 1 FROM pg_sleep(0.001)", {"n": number})
            assert await store.ask(query) == ((number + 1,),)

    async def judge(self) -> None:
        """Compare with what is there."""
        query = "SELECT convert_from(data, 'UTF8')::int, count(*) FROM smith_jobs GROUP BY 1"
        jobs = await self.store.ask(Select(query, limit=10_000))
        wrote = {number for number in self.returned if kind_of(number) != "read"}
        assert dict(jobs) == {number: 200 if kind_of(number) == "many" else 1 for number in wrote}
        events = [event.value for event in await self.store.journal.read("s", limit=10_000)]
        assert sorted(map(str, events)) == sorted(str(n) for n in wrote if kind_of(n) == "alone")
        assert not self.returned & self.cancelled


def busy_threads() -> list[str]:
    """Return those that do something for a connection; Trio keeps idle ones for a while."""
    return [thread.name for thread in threading.enumerate() if thread.name == "trio_smith postgres"]


@pytest.mark.parametrize("driver", ["trio", "threads"])
async def test_cancelled_is_not_written_and_returned_is(smith_postgres: Postgres, driver: str) -> None:
    """At any moment of a commit, a group, a long train, a query; and nothing is left behind."""
    database = new_database(smith_postgres)
    options = PostgresOptions(connections=5, driver=driver)  # type: ignore[arg-type]
    async with open_store(url_of(smith_postgres, database), postgres=options) as store:
        account = Account(store, 7)
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                for who in range(8):
                    nursery.start_soon(account.work, range(who * 100, who * 100 + 100))
        await account.judge()
    assert len(account.returned) + len(account.cancelled) == 800
    assert len(account.cancelled) > 200
    assert min(account.by_kind[kind] for kind in KINDS) > 20
    with trio.fail_after(5), psycopg.connect(smith_postgres.dsn, autocommit=True) as other:
        left = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        while busy_threads() or other.execute(left, [database]).fetchone() != (0,):  # noqa: ASYNC110 - no event
            await trio.sleep(0.01)
