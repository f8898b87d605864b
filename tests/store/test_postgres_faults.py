"""A store in PostgreSQL whose server dies, is cut off, or is silent: what was acknowledged is there, once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import attrs
import psycopg
import pytest
import trio
import trio.testing

from tests.store.cutting import Fault, between
from tests.store.in_postgres import new_database, url_of
from trio_smith.store import (
    Enqueue,
    Execute,
    OutcomeUnknown,
    PostgresOptions,
    RevisionConflict,
    Select,
    Store,
    StoreBusy,
    StoreFailed,
    StoreUnavailable,
    open_store,
)
from trio_smith.testing.postgres import Postgres, throwaway_postgres

NAP = Select("SELECT pg_sleep(0.5)")


@pytest.fixture(params=["trio", "threads"])
def options(request: pytest.FixtureRequest) -> PostgresOptions:
    """Both drivers promise the same."""
    return PostgresOptions(connections=4, driver=request.param)


@pytest.fixture
def quick(options: PostgresOptions) -> PostgresOptions:
    """The same, and quick to give up."""
    return attrs.evolve(options, statement_timeout=0.3)


@pytest.fixture(scope="module")
def server() -> Generator[Postgres]:
    """One that is ours to crash, and has written what it acknowledged; only a loss of power takes it away."""
    with throwaway_postgres(own=True, settings={"synchronous_commit": "on"}) as postgres:
        yield postgres


def rows(server: Postgres, database: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what *statement* gives, asked by somebody else."""
    with psycopg.connect(server.dsn, dbname=database, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def jobs(server: Postgres, database: str) -> list[tuple[int, bytes]]:
    """Return the ids and the data of all jobs."""
    return rows(server, database, "SELECT id, data FROM smith_jobs ORDER BY id")


async def until_seen(server: Postgres, database: str, query: str, *, times: int = 1) -> list[int]:
    """Wait until connections to *database* whose last words were like *query* are there; return their ids."""
    asked = f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND query LIKE '{query}'"  # noqa: S608
    with trio.fail_after(5):
        found = await trio.to_thread.run_sync(rows, server, "postgres", asked)
        while len(found) < times:  # noqa: ASYNC110 - PostgreSQL sets no events
            await trio.sleep(0.01)
            found = await trio.to_thread.run_sync(rows, server, "postgres", asked)
    return [pid for (pid,) in found]


async def kill(server: Postgres, pids: list[int]) -> None:
    """Kill the server's ends of connections."""
    asked = f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY{pids}) AS pid"  # noqa: S608
    assert await trio.to_thread.run_sync(rows, server, "postgres", asked) == [(True,)] * len(pids)


async def test_three_crashes_lose_nothing_and_double_nothing(
    server: Postgres, options: PostgresOptions
) -> None:
    """Under four writers, who repeat with the same key whatever they do not know the outcome of."""
    database = new_database(server)
    acknowledged: dict[int, bytes] = {}
    awaited = trio.Event()
    over = False

    async def write(store: Store, who: int) -> None:
        number = 0
        while not over:
            number += 1
            name = f"{who}-{number}"
            while True:
                try:
                    job = await store.queue.enqueue("q", name.encode(), key=name)
                except (OutcomeUnknown, StoreUnavailable):
                    await trio.sleep(0.01)
                else:
                    acknowledged[job] = name.encode()
                    awaited.set()
                    break

    async with (
        open_store(url_of(server, database), postgres=options) as store,
        trio.open_nursery() as nursery,
    ):
        for who in range(4):
            nursery.start_soon(write, store, who)
        for _ in range(3):
            await trio.sleep(0.2)
            await trio.to_thread.run_sync(server.restart_immediately)
            with trio.fail_after(3):
                # One of each writer may have been committed before the crash.
                for _ in range(5):
                    awaited = trio.Event()
                    await awaited.wait()
        over = True
    assert dict(jobs(server, database)) == acknowledged
    assert len(set(acknowledged.values())) == len(acknowledged)


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.CUT_BEFORE])
async def test_a_commit_that_is_cut_off_can_be_repeated(
    server: Postgres, options: PostgresOptions, fault: Fault
) -> None:
    """Whether the server did it cannot be told; with the same key it is done once, and answers the same."""
    database = new_database(server)
    async with between(server) as proxy, open_store(proxy.url(database), postgres=options) as store:
        await store.keys.put("first", 1)
        for number in range(5):
            key, job = f"key {number}", f"job {number}".encode()
            before = jobs(server, database)
            proxy.plan(fault, at=b"COMMIT")
            with pytest.raises(OutcomeUnknown, match="connection was lost"):
                await store.queue.enqueue("q", job, key=key)
            done = [job for job in jobs(server, database) if job not in before]
            assert [data for _, data in done] == ([job] if fault is Fault.CUT_AFTER else [])
            again = await store.queue.enqueue("q", job, key=key)
            assert again == await store.queue.enqueue("q", job, key=key)
            assert jobs(server, database) == [*before, (again, job)]
            assert done in ([], [(again, job)])
        assert proxy.met == 5


async def test_what_is_cut_off_before_it_commits_was_not_written(
    server: Postgres, options: PostgresOptions
) -> None:
    """So nobody has to ask what became of it; reading has no outcome at all."""
    database = new_database(server)
    async with between(server) as proxy, open_store(proxy.url(database), postgres=options) as store:
        await store.keys.put("first", 1)
        for fault in (Fault.CUT_AFTER, Fault.CUT_BEFORE):
            proxy.plan(fault, at=b"RESERVED")
            with pytest.raises(StoreUnavailable):
                await store.commit(Enqueue("q", [1]), Execute("SELECT 1 /* RESERVED */"), Enqueue("q", [2]))
            proxy.plan(fault, at=b"READ IT")
            with pytest.raises(StoreUnavailable):
                await store.ask(Select("SELECT 1 /* READ IT */"))
        assert proxy.met == 4
        assert jobs(server, database) == []


async def test_a_backend_that_is_killed_while_it_commits_leaves_the_outcome_unknown(
    server: Postgres, options: PostgresOptions
) -> None:
    """And one that is killed before has written nothing."""
    database = new_database(server)
    failed: list[BaseException] = []

    async def commit(store: Store, statement: str) -> None:
        with suppress(OutcomeUnknown, StoreFailed):
            try:
                await store.commit(Enqueue("q", [1]), Execute(statement))
            except BaseException as error:
                failed.append(error)
                raise

    async with open_store(url_of(server, database), postgres=options) as store:
        for statement in (
            "CREATE TABLE slow (n int)",
            """CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN PERFORM pg_sleep(10); RETURN NULL; END $$""",
            """CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
               FOR EACH ROW EXECUTE FUNCTION nap()""",
        ):
            await store.commit(Execute(statement))
        for statement, seen in (
            ("INSERT INTO slow VALUES (1)", "COMMIT%"),
            ("SELECT pg_sleep(10)", "SELECT pg_sleep%"),
        ):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(commit, store, statement)
                asked = f"{seen}' AND state = 'active"
                await kill(server, await until_seen(server, database, asked))
        assert [type(error) for error in failed] == [OutcomeUnknown, StoreUnavailable]
        assert jobs(server, database) == []


async def test_a_server_that_is_silent_is_waited_for_for_a_bounded_time(
    server: Postgres, quick: PostgresOptions
) -> None:
    """Its own timeouts are of no use when nothing gets through; ours end what they should have ended."""
    database = new_database(server)
    async with (
        between(server) as proxy,
        open_store(proxy.url(database, more="?connect_timeout=2"), postgres=quick) as store,
    ):
        await store.queue.enqueue("q", 1)
        before = jobs(server, database)
        proxy.plan(Fault.SILENCE, at=b"READ IT")
        with trio.fail_after(2), pytest.raises(StoreUnavailable, match="did not answer"):
            await store.ask(Select("SELECT 1 /* READ IT */"))
        proxy.silent = False
        proxy.plan(Fault.SILENCE, at=b"WRITE IT")
        with trio.fail_after(2), pytest.raises(StoreUnavailable, match="did not answer"):
            await store.commit(Enqueue("q", [2]), Execute("SELECT 1 /* WRITE IT */"))
        proxy.silent = False
        proxy.plan(Fault.SILENCE, at=b"COMMIT")
        with trio.fail_after(2), pytest.raises(OutcomeUnknown, match="did not answer"):
            await store.commit(Enqueue("q", [3]), key="three")
        with trio.fail_after(4), pytest.raises(StoreUnavailable, match=r"within 2|timeout expired"):
            await store.commit(Enqueue("q", [3]), key="three")
        proxy.silent = False
        job = await store.write(Enqueue("q", [3]), key="three")
        assert jobs(server, database) == [*before, (*job, b"3")]


async def test_a_cancelled_commit_before_a_silent_server_is_of_unknown_outcome(
    server: Postgres, quick: PostgresOptions
) -> None:
    """Once COMMIT was sent, and not before: then it never will be."""
    database = new_database(server)
    async with between(server) as proxy, open_store(proxy.url(database), postgres=quick) as store:
        job = await store.queue.enqueue("q", 1)
        proxy.plan(Fault.SILENCE, at=b"WRITE IT")
        with trio.fail_after(2), trio.move_on_after(0.1) as scope:
            await store.commit(Enqueue("q", [2]), Execute("SELECT 1 /* WRITE IT */"))
        assert scope.cancelled_caught
        proxy.silent = False
        proxy.plan(Fault.SILENCE, at=b"COMMIT")
        with pytest.raises(OutcomeUnknown, match="it was cancelled, and the server"), trio.move_on_after(0.1):
            await store.commit(Enqueue("q", [3]), key="three")
        proxy.silent = False
        assert proxy.met == 2
        assert jobs(server, database) == [(job, b"1")]


async def test_a_long_commit_is_not_taken_for_silence(server: Postgres, quick: PostgresOptions) -> None:
    """Each statement has its time, not all of them together."""
    nap = Execute("SELECT pg_sleep(0.25)")
    async with open_store(url_of(server, new_database(server)), postgres=quick) as store:
        assert await store.commit(*[nap] * 4, Enqueue("q", [1])) == (*[0] * 4, (1,))


async def test_a_statement_that_takes_too_long_is_given_up(server: Postgres, quick: PostgresOptions) -> None:
    """The error says which limit it was and how to move it."""
    async with open_store(url_of(server, new_database(server)), postgres=quick) as store:
        with trio.fail_after(0.9), pytest.raises(StoreBusy, match="statement timeout") as caught:
            await store.commit(Execute("SELECT pg_sleep(5)"))
        assert "statement_timeout" in caught.value.fix
        with pytest.raises(StoreBusy, match="statement timeout"):
            await store.ask(Select("SELECT pg_sleep(5)"))
        assert await store.ask(Select("SELECT 1")) == ((1,),)


async def test_who_finds_no_free_connection_in_time_is_told_so(
    server: Postgres, options: PostgresOptions
) -> None:
    """The listener, which has to come back meanwhile, is none that may end the store."""
    few = attrs.evolve(options, connections=2, acquire_timeout=0.1)
    database = new_database(server)
    async with open_store(url_of(server, database), postgres=few) as store:
        await kill(server, await until_seen(server, database, "LISTEN%"))
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(store.ask, NAP)
            await until_seen(server, database, "FETCH%", times=2)
            with pytest.raises(StoreBusy, match=r"became free within 0\.1 s: all 2 are in use") as caught:
                await store.queue.enqueue("q", 1)
            assert "acquire_timeout" in caught.value.fix
        await store.queue.enqueue("q", 1)
        await until_seen(server, database, "LISTEN%")


async def test_a_listener_that_lost_its_connection_comes_back(
    server: Postgres, options: PostgresOptions
) -> None:
    """Also what was written while it was away wakes those who wait."""
    database = new_database(server)
    url = url_of(server, database)
    async with open_store(url, postgres=options, poll=60) as waiting, open_store(url, poll=60) as writing:
        for number in range(2):
            claimed: list[bytes] = []

            async def claim(into: list[bytes]) -> None:
                into += [job.data for job in await waiting.queue.claim("q", wait=20)]

            with trio.fail_after(5):
                pids = await until_seen(server, database, "LISTEN%", times=2)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(claim, claimed)
                    await trio.testing.wait_all_tasks_blocked(0.05)
                    if number:
                        await kill(server, pids)
                    await writing.queue.enqueue("q", number)
            assert claimed == [f"{number}".encode()]


async def test_two_stores_on_one_database_never_have_the_same(server: Postgres) -> None:
    """No job is claimed twice, no lease held twice, and no change of a key is lost."""
    url = url_of(server, new_database(server))
    claimed: list[int] = []
    held: list[int] = []
    tokens: list[int] = []

    async def work(store: Store) -> None:
        while found := await store.queue.claim("q", limit=7):
            claimed.extend(job.id for job in found)
            await store.queue.complete(*found)

    async def hold(store: Store) -> None:
        for _ in range(5):
            async with store.leases.hold("one", ttl=5) as lease:
                held.append(1)
                assert len(held) == 1
                tokens.append(lease.token)
                await trio.sleep(0.002)
                held.pop()

    async def count(store: Store) -> None:
        done = 0
        while done < 10:
            entry = await store.keys.get("n")
            with suppress(StoreFailed):
                value, revision = (0, 0) if entry is None else (entry.value, entry.revision)
                assert isinstance(value, int)
                try:
                    await store.keys.put("n", value + 1, expected=revision)
                except RevisionConflict:
                    continue
                done += 1

    async with open_store(url) as one, open_store(url) as other:
        ids = await one.queue.enqueue_many("q", range(300))
        async with trio.open_nursery() as nursery:
            for store in (one, other):
                for function in (work, work, hold, hold, count, count):
                    nursery.start_soon(function, store)
        entry = await one.keys.get("n")
        assert entry is not None
        assert entry.value == 40
    assert sorted(claimed) == sorted(ids)
    assert tokens == sorted(set(tokens))
    assert len(tokens) == 20


async def test_the_password_is_shown_nowhere(
    server: Postgres, options: PostgresOptions, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in errors with their causes, not in a log, not in what prints."""
    caplog.set_level(logging.DEBUG)
    canary = "c4n4ry"
    database = new_database(server)
    shown: list[str] = []
    async with between(server) as proxy:
        url = proxy.url(database, more="?connect_timeout=2").replace("smith@", f"smith:{canary}@")
        few = attrs.evolve(options, connections=2, acquire_timeout=0.1, statement_timeout=0.2)
        async with open_store(url, postgres=few) as store:
            await store.keys.put("first", 1)
            shown += [repr(store), repr(store._adapter), repr(vars(store)), repr(vars(store._adapter))]

            async def fails(statement: str) -> None:
                with pytest.raises((StoreFailed, OutcomeUnknown)) as caught:
                    await store.commit(Execute(statement))
                shown.append("".join(traceback.format_exception(caught.value)))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(fails, "SELECT pg_sleep(5)")
                nursery.start_soon(fails, "SELECT pg_sleep(5)")
            await fails("SELECT wrong")
            for fault, word in ((Fault.CUT_AFTER, b"COMMIT"), (Fault.SILENCE, b"SELECT 2")):
                proxy.plan(fault, at=word)
                await fails("SELECT 2")
            await fails("SELECT 3")
        proxy.silent = False
    with pytest.raises(StoreUnavailable) as caught:
        async with open_store(url, postgres=options):
            pass
    shown.append("".join(traceback.format_exception(caught.value)))
    assert len(shown) == 11
    assert canary not in "".join([*shown, caplog.text])
