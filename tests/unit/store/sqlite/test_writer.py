"""The thread that writes: groups, failures, cancellations, and the end."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import trio

from tests.store.faulty import error_with, faulty_store
from tests.store.opening import in_sqlite
from trio_smith.store._errors import (
    Conflict,
    OutcomeUnknown,
    StatementFailed,
    StoreBusy,
    StoreClosed,
    StoreFull,
    StoreUnavailable,
)
from trio_smith.store.sqlite import SqliteOptions, open_sqlite
from trio_smith.store.words import Append, Execute, Put

IMPATIENT = SqliteOptions(full_sync=False, busy_timeout=0.2)


async def test_a_lock_that_others_hold_fails_all_that_wait_at_once(tmp_path: Path) -> None:
    """Each of them waiting for itself, one after the other, would hold up the program for minutes."""
    path = tmp_path / "a.db"
    async with in_sqlite(path, options=IMPATIENT) as under:
        await under.store.journal.append("s", [0])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused: list[StoreBusy] = []

        async def append() -> None:
            with pytest.raises(StoreBusy) as busy:
                await under.store.journal.append("s", [1])
            refused.append(busy.value)

        begun = trio.current_time()
        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(append)
        assert len(refused) == 50
        assert trio.current_time() - begun < 3.0
        assert await under.store.journal.version("s") == 1, "readers do not wait for a writer"
        other.execute("ROLLBACK")
        other.close()
        assert await under.store.journal.append("s", [1]) == 2


async def test_who_is_cancelled_behind_a_lock_of_others_has_written_nothing(tmp_path: Path) -> None:
    """It has not begun, so it is told so at once, although others may write for longer than the grace."""
    path = tmp_path / "a.db"
    patient = SqliteOptions(full_sync=False, busy_timeout=3.0, grace=0.2)
    async with in_sqlite(path, options=patient) as under:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        begun = trio.current_time()
        with trio.move_on_after(0.1) as scope:
            await under.store.journal.append("s", [1])
        assert scope.cancelled_caught
        assert trio.current_time() - begun < 0.2
        other.execute("ROLLBACK")
        other.close()
        assert await under.store.journal.append("s", [2]) == 1


async def test_a_flush_that_fails_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    """The log may be on the disk all the same, and a later recovery would find it."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):

        def fail(statement: str) -> None:
            if statement == "COMMIT":
                raise error_with(sqlite3.SQLITE_IOERR | (4 << 8))  # SQLITE_IOERR_FSYNC

        connection.before = fail
        with pytest.raises(OutcomeUnknown):
            await under.store.journal.append("s", [1], key="k")
        connection.before, connection.after = bool, fail
        with pytest.raises(OutcomeUnknown):
            await under.store.journal.append("s", [2], key="l")
        connection.after = bool
        # With the same keys it can be repeated: the first was not written, the second was.
        assert await under.store.journal.append("s", [2], key="l") == 1
        assert await under.store.journal.append("s", [1], key="k") == 2


async def test_an_unknown_outcome_is_told_although_cancelled(tmp_path: Path) -> None:
    """Cancelled would say that nothing was written, and nobody knows."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        committing = threading.Event()

        def fail(statement: str) -> None:
            if statement == "COMMIT":
                committing.set()
                time.sleep(0.05)
                raise error_with(sqlite3.SQLITE_IOERR)

        connection.before = fail
        async with trio.open_nursery() as nursery:

            async def strike() -> None:
                await trio.to_thread.run_sync(committing.wait)
                nursery.cancel_scope.cancel()

            nursery.start_soon(strike)
            with pytest.raises(OutcomeUnknown):
                await under.store.journal.append("s", [1])
        connection.before = bool


async def test_other_failures_of_the_flush_say_that_nothing_was_written(tmp_path: Path) -> None:
    """They are known before anything of the last step reaches the disk."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        for code, kind in ((sqlite3.SQLITE_FULL, StoreFull), (sqlite3.SQLITE_BUSY, StoreBusy)):

            def fail(statement: str, code: int = code) -> None:
                if statement == "COMMIT":
                    raise error_with(code)

            connection.before = fail
            with pytest.raises(kind):
                await under.store.journal.append("s", [1])
            connection.before = bool
            assert await under.store.journal.version("s") == 0
        assert await under.store.journal.append("s", [1]) == 1


async def test_who_waits_for_the_disk_too_long_is_told_that_nobody_knows(tmp_path: Path) -> None:
    """A shield without an end would make the program unstoppable."""
    options = SqliteOptions(full_sync=False, grace=0.1)
    async with faulty_store(tmp_path / "a.db", options=options) as (under, connection):
        stuck, go_on = threading.Event(), threading.Event()

        def hang(statement: str) -> None:
            if statement == "COMMIT":
                stuck.set()
                go_on.wait()

        connection.before = hang
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                async def strike() -> None:
                    await trio.to_thread.run_sync(stuck.wait)
                    scope.cancel()

                nursery.start_soon(strike)
                with pytest.raises(OutcomeUnknown, match="did not answer"):
                    await under.store.journal.append("s", [1])
        connection.before = bool
        go_on.set()
        assert await under.store.journal.append("s", [2]) == 2, "it was written after all"


async def test_what_was_withdrawn_does_not_wait_on(tmp_path: Path) -> None:
    """While the disk is stuck, commits that come and are cancelled must not fill the memory."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        stuck, go_on = threading.Event(), threading.Event()

        def hang(statement: str) -> None:
            if statement == "COMMIT":
                stuck.set()
                go_on.wait()

        connection.before = hang
        async with trio.open_nursery() as nursery:
            nursery.start_soon(under.store.journal.append, "s", ["first"])
            await trio.to_thread.run_sync(stuck.wait)
            for _ in range(20):
                with trio.move_on_after(0.001):
                    await under.store.journal.append("s", ["withdrawn"])
            adapter = under.store._adapter
            assert len(adapter.writer._waiting) == 0  # type: ignore[union-attr]
            go_on.set()
        assert [one.value for one in await under.store.journal.read("s")] == ["first"]


async def test_a_full_database_harms_only_what_does_not_fit(tmp_path: Path) -> None:
    """SQLite takes the whole group back; the others are written without the guilty one."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        outcomes: dict[int, str] = {}

        async def put(number: int) -> None:
            try:
                await under.store.keys.put(f"k{number}", bytes(1_000_000 if number == 7 else 10))
            except StoreFull:
                outcomes[number] = "full"
            else:
                outcomes[number] = "there"

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(put, number)
        assert outcomes == {number: "full" if number == 7 else "there" for number in range(20)}
        assert len(await under.store.keys.scan()) == 19
        connection.execute("PRAGMA max_page_count = 1000000")
        await under.store.keys.put("k7", bytes(1_000_000))


async def test_a_statement_that_ends_the_transaction_fails_alone(tmp_path: Path) -> None:
    """OR ROLLBACK takes back everything that came with it, which is then written without it."""
    async with faulty_store(tmp_path / "a.db") as (under, _):
        await under.store.write(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)"))
        await under.store.write(Execute("INSERT INTO mine VALUES (1)"))
        outcomes: list[str] = []

        async def commit(number: int) -> None:
            try:
                if number == 5:
                    await under.store.commit(
                        Append("s", ["guilty"]), Execute("INSERT OR ROLLBACK INTO mine VALUES (1)")
                    )
                else:
                    await under.store.journal.append("s", [number])
            except StatementFailed:
                outcomes.append("failed")

        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(commit, number)
        assert outcomes == ["failed"]
        there = sorted(str(one.value) for one in await under.store.journal.read("s"))
        assert there == [str(number) for number in range(10) if number != 5]


async def test_a_defect_in_a_commit_is_raised_to_whoever_asked(tmp_path: Path) -> None:
    """The thread goes on, and so do the others."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):

        def fail(statement: str) -> None:
            if "smith_keys_values" in statement:
                raise ZeroDivisionError

        connection.before = fail
        with pytest.raises(ZeroDivisionError):
            await under.store.commit(Append("s", [1]), Put("k", 1))
        assert await under.store.journal.append("s", [1]) == 1


async def test_a_defect_of_the_writer_itself_leaves_nobody_waiting(tmp_path: Path) -> None:
    """Nor does it leave a transaction open, in which all others would fail."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):

        def fail(statement: str) -> None:
            if statement == "COMMIT":
                raise ZeroDivisionError

        connection.before = fail
        with pytest.raises(ZeroDivisionError):
            await under.store.journal.append("s", [1])
        connection.before = bool
        assert await under.store.journal.append("s", [1]) == 1


async def test_what_waits_at_the_end_is_written(tmp_path: Path) -> None:
    """The block ends when all is on the disk."""
    path, answers = tmp_path / "a.db", list[int]()

    async def append(number: int) -> None:
        answers.append(await journal.append("s", [number]))

    async with trio.open_nursery() as nursery, in_sqlite(path) as under:
        journal = under.store.journal
        await append(0)
        for number in range(1, 200):
            nursery.start_soon(append, number)
        await trio.testing.wait_all_tasks_blocked(0.0)
    assert sorted(answers) == list(range(1, 201))
    async with in_sqlite(path) as under:
        assert await under.store.journal.version("s") == 200


async def test_what_waits_for_room_at_the_end_is_written(tmp_path: Path) -> None:
    """It was asked for before the block ended."""
    path = tmp_path / "a.db"
    async with trio.open_nursery() as nursery:
        options = SqliteOptions(full_sync=False, max_waiting=1)
        async with in_sqlite(path, options=options) as under:
            journal = under.store.journal
            for number in range(20):
                nursery.start_soon(journal.append, "s", [number])
            await trio.testing.wait_all_tasks_blocked(0.0)
    async with in_sqlite(path) as under:
        assert await under.store.journal.version("s") == 20


async def test_who_comes_too_late_is_refused_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    """The thread is gone; nobody would ever write it."""
    path = tmp_path / "a.db"
    async with in_sqlite(path) as under:
        pass
    with pytest.raises(StoreClosed):
        await under.store.journal.append("s", [1])
    async with open_sqlite(path, options=SqliteOptions(full_sync=False)) as adapter:
        pass
    with pytest.raises(StoreClosed):
        await adapter.commit((Append("s", [1]),), key=None)


async def test_a_doomed_commit_in_a_group_leaves_the_key_free(tmp_path: Path) -> None:
    """What failed was not done, so it can be tried again."""
    async with in_sqlite(tmp_path / "a.db") as under:
        for _ in range(2):
            with pytest.raises(Conflict):
                await under.store.journal.append("s", [1], expected=4, key="k")


async def test_an_unreadable_disk_is_told_as_such(tmp_path: Path) -> None:
    """In the midst of a commit nothing is written yet."""
    async with faulty_store(tmp_path / "a.db") as (under, connection):

        def fail(statement: str) -> None:
            if "smith_events" in statement:
                raise error_with(sqlite3.SQLITE_IOERR)

        connection.before = fail
        with pytest.raises(StoreUnavailable):
            await under.store.journal.append("s", [1])
        connection.before = bool
        assert await under.store.journal.append("s", [1]) == 1
