"""Commits that change the same things in different orders: none fails, and hardly one waits in vain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random

import psycopg
import pytest
import trio

from tests.store.in_postgres import new_database, url_of
from trio_smith.store import (
    Append,
    CancelTimer,
    Claim,
    ClaimLost,
    Complete,
    Delete,
    Enqueue,
    Execute,
    Expire,
    Fence,
    ForgetKeys,
    ForgetMarks,
    Job,
    Lease,
    Put,
    Record,
    ReleaseLease,
    SaveSnapshot,
    SetTimer,
    Store,
    TakeLease,
    Truncate,
    Write,
    open_store,
    post,
)
from trio_smith.store.postgres._locks import MOST, locks_of
from trio_smith.store.words import Accept
from trio_smith.testing.postgres import Postgres

WRITERS, STREAMS, ROUNDS = 8, 20, 15
LEASE = Lease(name="l", holder="h", token=1, until=0.0)


def streams(random: Random) -> list[Write[object]]:
    """Return appends to all streams, in any order."""
    return [Append(f"s{n}", [1]) for n in random.sample(range(STREAMS), k=STREAMS)]


def anything(random: Random) -> list[Write[object]]:
    """Return writes of every kind for some of a few names, in any order."""
    makers: list[Callable[[str], Write[object]]] = [
        lambda name: Append(name, [1]),
        lambda name: Truncate(name, 1),
        lambda name: SaveSnapshot(name, 1, version=1),
        lambda name: Put(name, 1, ttl=0.01),
        Delete,
        lambda _: Expire(),
        lambda name: Record(name, 1),
        lambda name: SetTimer("t", name, delay=1.0),
        lambda name: CancelTimer("t", name),
        lambda name: TakeLease(name, "me", ttl=9.0),
        lambda name: Enqueue(name, [1]),
        lambda name: post(name, [1]),
    ]
    return [random.choice(makers)(f"n{random.randrange(4)}") for _ in range(12)]


def one_at_a_time(random: Random) -> list[Write[object]]:
    """Return one write of those that count in one row, and of those that tidy up behind them."""
    name = f"n{random.randrange(2)}"
    return [random.choice([Put(name, 1), Delete(name), ForgetMarks(keep=0.001), ForgetKeys(keep=0.001)])]


def deadlocks(postgres: Postgres, database: str) -> int:
    """Return how many the server had to end, after the last connection to *database* is closed."""
    asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        found = connection.execute(asked, [database]).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.long
@pytest.mark.parametrize("make", [streams, anything, one_at_a_time])
async def test_commits_in_any_order_never_stand_in_each_others_way(
    smith_postgres: Postgres, make: Callable[[Random], list[Write[object]]]
) -> None:
    """Eight writers on two stores; the server is asked whether it had to end a deadlock."""
    database = new_database(smith_postgres)
    url = url_of(smith_postgres, database)

    async def write(store: Store, seed: int) -> None:
        random = Random(seed)
        for number in range(10 * ROUNDS if make is one_at_a_time else ROUNDS):
            key = None if make is anything else f"{seed} {number}"
            await store.commit(*make(random), key=key)

    async with open_store(url) as one, open_store(url) as other:
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                for seed in range(WRITERS):
                    nursery.start_soon(write, (one, other)[seed % 2], seed)
        if make is streams:
            assert {await one.journal.version(f"s{n}") for n in range(STREAMS)} == {WRITERS * ROUNDS}
    assert deadlocks(smith_postgres, database) == 0


async def test_jobs_are_ended_in_one_order(smith_postgres: Postgres) -> None:
    """Whoever repeats a commit whose outcome is not known may meet the first one."""
    database = new_database(smith_postgres)
    async with open_store(url_of(smith_postgres, database)) as store:
        for _ in range(20):
            await store.queue.enqueue_many("q", range(50))
            jobs = await store.queue.claim("q", limit=50)
            completed: list[int] = []

            async def complete(given: tuple[Job, ...], into: list[int]) -> None:
                with suppress(ClaimLost):
                    await store.commit(Complete(given))
                    into.append(1)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(complete, jobs, completed)
                nursery.start_soon(complete, jobs[::-1], completed)
            assert completed == [1]
    assert deadlocks(smith_postgres, database) == 0


@pytest.mark.parametrize(
    "writes",
    [
        [Append("s", [1])],
        [Append("s", [1]), SaveSnapshot("s", 1, version=1), Enqueue("q", [1])],
        [Enqueue("q", [1]), Enqueue("p", [1])],
        [Claim("q"), Execute("SELECT 1")],
    ],
)
def test_who_holds_one_thing_takes_no_lock_before(writes: list[Write[object]]) -> None:
    """It would cost a round trip, and nobody can wait for it who has what it wants."""
    assert locks_of(writes) is None


def test_locks_are_in_one_order_whatever_that_of_the_writes() -> None:
    """This is what they are for."""
    writes = [Append("s", [1]), Put("k", 1), Fence(LEASE), Accept("r", "s", 1), Execute("SELECT 1")]
    asked = locks_of(writes)
    assert asked is not None
    assert len(asked.parameters["locks"]) == 5
    assert asked.parameters["shared"].count(True) == 2  # that of all, and the fence
    assert locks_of(writes[::-1]) == asked
    assert locks_of([Fence(LEASE), ReleaseLease(LEASE), Put("k", 1)]) == locks_of(
        [Put("k", 1), ReleaseLease(LEASE), Fence(LEASE)]
    )


def test_who_needs_many_locks_takes_one_that_keeps_all_others_out() -> None:
    """The server has no room for a thousand from each of a hundred connections."""
    asked = locks_of([Append(f"s{n}", [1]) for n in range(MOST + 1)])
    assert asked is not None
    assert asked.parameters["shared"] == [False]
    fewer = locks_of([Append(f"s{n}", [1]) for n in range(MOST)])
    assert fewer is not None
    assert fewer.parameters["locks"][0] == asked.parameters["locks"][0]
    assert len(fewer.parameters["locks"]) == MOST + 1
