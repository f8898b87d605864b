"""Commits that are written together."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.store.faulty import faulty_store
from tests.store.opening import in_sqlite
from trio_smith.store import open_store
from trio_smith.store._errors import StatementFailed, VersionConflict
from trio_smith.store.sqlite import _writer
from trio_smith.store.words import Append, Execute


async def test_each_gets_the_ids_of_its_own_jobs(tmp_path: Path) -> None:
    """The jobs of all who come at once are put in by one statement, and between them other things."""
    ids: dict[str, tuple[int, ...]] = {}

    async with open_store(tmp_path / "a.db") as store:

        async def enqueue(name: str, count: int) -> None:
            ids[name] = await store.queue.enqueue_many("q", [name] * count)

        async with trio.open_nursery() as nursery:
            for number in range(60):
                nursery.start_soon(enqueue, str(number), 1 + number % 4)
                if number % 7 == 0:
                    nursery.start_soon(store.keys.put, str(number), number)
        jobs = await store.queue.claim("q", limit=1_000)
    assert {job.id: job.value for job in jobs} == {job: name for name, mine in ids.items() for job in mine}
    assert all(list(mine) == sorted(mine) for mine in ids.values())
    assert len(jobs) == sum(1 + number % 4 for number in range(60))


async def test_one_that_fails_takes_no_jobs_with_it(tmp_path: Path) -> None:
    """The group is written again, each commit by itself, and each job is there once."""
    async with in_sqlite(tmp_path / "a.db") as under:
        store = under.store

        async def fail() -> None:
            with pytest.raises(VersionConflict):
                await store.commit(Append("s", [0], expected=5))

        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(store.queue.enqueue, "q", number)
                if number == 20:
                    nursery.start_soon(fail)
        jobs = await store.queue.claim("q", limit=1_000)
        assert sorted(str(job.value) for job in jobs) == sorted(map(str, range(40)))
        assert await store.journal.version("s") == 0


async def test_large_ones_are_not_all_written_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of ten thousand jobs each would fill the memory, and be waited for beyond every grace."""
    monkeypatch.setattr(_writer, "MOST_ROWS", 100)
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        store = under.store
        stuck, go_on, commits = threading.Event(), threading.Event(), 0

        def hold(statement: str) -> None:
            nonlocal commits
            if statement == "COMMIT":
                commits += 1
                stuck.set()
                go_on.wait()

        connection.before = hold
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.queue.enqueue_many, "q", range(200))
            await trio.to_thread.run_sync(stuck.wait)
            for number in range(3):
                nursery.start_soon(store.queue.enqueue_many, "q", [number] * 40)
                nursery.start_soon(store.journal.append, "s", [number] * 40)
            await trio.testing.wait_all_tasks_blocked()
            go_on.set()
        assert commits == 1 + 3
        assert (await store.queue.statistics("q")).ready == 320
        assert await store.journal.version("s") == 120


async def test_the_one_that_spoils_a_group_is_found_with_few_flushes(tmp_path: Path) -> None:
    """One for each of a thousand would hold all of them up for seconds."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        store = under.store
        await store.commit(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)"))
        stuck, go_on, commits = threading.Event(), threading.Event(), 0

        def hold(statement: str) -> None:
            nonlocal commits
            if statement == "COMMIT":
                commits += 1
                stuck.set()
                go_on.wait()

        async def spoil() -> None:
            with pytest.raises(StatementFailed):
                await store.commit(Execute("INSERT OR ROLLBACK INTO mine VALUES (1), (1)"))

        connection.before = hold
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.keys.put, "first", 1)
            await trio.to_thread.run_sync(stuck.wait)
            for number in range(127):
                nursery.start_soon(store.keys.put, str(number), 1)
            nursery.start_soon(spoil)
            await trio.testing.wait_all_tasks_blocked()
            go_on.set()
        assert len(await store.keys.scan()) == 128
        assert commits < 20
