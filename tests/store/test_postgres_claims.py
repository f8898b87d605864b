"""A claim in PostgreSQL is one statement that commits by itself; unless there is more to do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractAsyncContextManager

import attrs
import pytest
import trio

from tests.store.cutting import Between, Fault, between
from tests.store.in_postgres import new_database, url_of
from trio_smith.store import DeadLetter, Enqueue, Job, OutcomeUnknown, PostgresOptions, Store, open_store
from trio_smith.testing.postgres import Postgres, throwaway_postgres


@pytest.fixture(params=["trio", "threads"])
def options(request: pytest.FixtureRequest) -> PostgresOptions:
    """Both drivers promise the same."""
    return PostgresOptions(connections=2, driver=request.param)


@pytest.fixture(scope="module")
def server() -> Generator[Postgres]:
    """One of our own, to get between."""
    with throwaway_postgres(own=True) as postgres:
        yield postgres


@pytest.fixture
def database(server: Postgres) -> str:
    """A new one."""
    return new_database(server)


async def claimed(store: Store) -> Job:
    """Return the one job that comes due in time."""
    with trio.fail_after(5):
        while True:
            if jobs := await store.queue.claim("q"):
                (job,) = jobs
                return job
            await trio.sleep(0.02)


def opened(proxy: Between, database: str, options: PostgresOptions) -> AbstractAsyncContextManager[Store]:
    """Open the store through *proxy*."""
    return open_store(proxy.url(database), postgres=options)


async def test_a_claim_begins_no_transaction(
    server: Postgres, database: str, options: PostgresOptions
) -> None:
    """Nor does it commit one; a claim that finds nothing looks twice."""
    async with between(server) as proxy, opened(proxy, database, options) as store:
        await store.queue.enqueue_many("q", [1, 2, 3])
        proxy.plan(Fault.CUT_BEFORE, at=b"BEGIN")
        jobs = await store.queue.claim("q", limit=10)
        assert [(job.data, job.attempts) for job in jobs] == [(b"1", 1), (b"2", 1), (b"3", 1)]
        assert proxy.met == 0


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.CUT_BEFORE])
async def test_a_claim_that_is_cut_off_runs_out(
    server: Postgres, database: str, options: PostgresOptions, fault: Fault
) -> None:
    """Whether it was made cannot be told; the job comes again all the same, as that of a worker who died."""
    async with between(server) as proxy, opened(proxy, database, options) as store:
        job = await store.queue.enqueue("q", 1)
        proxy.plan(fault, at=b"smith_claim")
        with pytest.raises(OutcomeUnknown, match="connection was lost"):
            await store.queue.claim("q", lease=0.2)
        assert proxy.met == 1
        again = await claimed(store)
        assert (again.id, again.attempts) == (job, 2 if fault is Fault.CUT_AFTER else 1)
        await store.queue.complete(again)


async def test_a_claim_that_is_cancelled_before_a_silent_server_is_of_unknown_outcome(
    server: Postgres, database: str, options: PostgresOptions
) -> None:
    """It may still be made, when the server speaks again."""
    quick = attrs.evolve(options, statement_timeout=0.3)
    async with between(server) as proxy, opened(proxy, database, quick) as store:
        await store.queue.enqueue("q", 1)
        proxy.plan(Fault.SILENCE, at=b"smith_claim")
        with (
            pytest.raises(OutcomeUnknown, match="cancelled, and the server did not"),
            trio.move_on_after(0.1),
        ):
            await store.queue.claim("q")
        proxy.silent = False
        assert (await claimed(store)).attempts == 1


async def test_a_poison_job_among_them_is_buried_and_the_others_are_claimed_once(
    server: Postgres, database: str, options: PostgresOptions
) -> None:
    """The quick way does nothing then, and the claim is made in a transaction."""
    async with open_store(url_of(server, database), postgres=options) as store:
        poison = await store.queue.enqueue("q", "poison", max_attempts=1)
        (job,) = await store.queue.claim("q", lease=0.01)
        assert job.id == poison
        await trio.sleep(0.02)
        sound = await store.queue.enqueue("q", "sound")
        jobs = await store.queue.claim("q", limit=10)
        assert [(job.id, job.attempts, job.claim) for job in jobs] == [(sound, 1, 1)]
        letters = await store.queue.dead_letters("q")
        assert [(type(letter), letter.id, letter.attempts) for letter in letters] == [(DeadLetter, poison, 1)]


async def test_many_who_claim_at_once_share_the_jobs(
    server: Postgres, database: str, options: PostgresOptions
) -> None:
    """Each job has one of them, poison or not."""
    found: list[int] = []

    async def work(store: Store) -> None:
        while jobs := await store.queue.claim("q", limit=7, lease=60):
            found.extend(job.id for job in jobs)

    async with open_store(url_of(server, database), postgres=options) as store:
        poison = await store.write(Enqueue("q", [0] * 5, max_attempts=1))
        assert len(await store.queue.claim("q", limit=5, lease=0.01)) == 5
        await trio.sleep(0.02)
        sound = await store.queue.enqueue_many("q", [1] * 200)
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(work, store)
        # Whoever finds nothing may only have come while another held what was left.
        await work(store)
        assert sorted(found) == sorted(sound)
        assert {letter.id for letter in await store.queue.dead_letters("q")} == set(poison)
