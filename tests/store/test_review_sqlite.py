"""What a hostile reader tried on a store in SQLite."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.store.faulty import faulty_store
from tests.store.opening import QUICK
from trio_smith.store import (
    Execute,
    OutcomeUnknown,
    Select,
    SqliteOptions,
    StatementFailed,
    StoreBusy,
    StoreUnavailable,
    open_store,
)
from trio_smith.store.sqlite import _adapter
from trio_smith.store.sqlite._adapter import _open
from trio_smith.store.sqlite._writer import Writer


async def test_those_who_wait_together_for_a_locked_file_are_told_together(tmp_path: Path) -> None:
    """If each waited for itself, the last of a thousand would be told after an hour."""
    path = tmp_path / "store.db"
    options = SqliteOptions(full_sync=False, busy_timeout=0.3)
    busy: list[int] = []
    async with open_store(path, sqlite=options) as store:
        await store.keys.put("key", 0)

        async def put(number: int) -> None:
            with pytest.raises(StoreBusy):
                await store.keys.put("key", number)
            busy.append(number)

        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = trio.current_time()
            async with trio.open_nursery() as nursery:
                for number in range(20):
                    nursery.start_soon(put, number)
            assert trio.current_time() - began < 10 * options.busy_timeout
    assert len(busy) == 20


async def test_a_store_is_where_it_was_opened_after_the_working_directory_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that read are opened when they are first needed, which may be later."""
    monkeypatch.chdir(tmp_path)
    async with open_store("store.db", sqlite=QUICK) as store:
        await store.keys.put("key", 1)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        os.chdir(elsewhere)
        found = await store.keys.get("key")
        assert found is not None
        assert not list(elsewhere.iterdir())


async def test_a_statement_that_begins_with_its_tables_tells_how_many_rows_it_changed(tmp_path: Path) -> None:
    """Python counts only for those that begin with INSERT and the like."""
    async with open_store(tmp_path / "store.db", sqlite=QUICK) as store:
        await store.commit(Execute("CREATE TABLE mine (number)"))
        with_tables = "WITH two AS (SELECT 1 UNION SELECT 2) INSERT INTO mine SELECT * FROM two"
        assert await store.commit(Execute(with_tables)) == (2,)
        assert await store.commit(Execute("WITH one AS (SELECT 1) SELECT * FROM one")) == (0,)
        assert await store.commit(Execute("SELECT * FROM mine")) == (0,)


async def test_who_keeps_the_error_of_a_query_keeps_nobody_from_what_is_written_later(tmp_path: Path) -> None:
    """A row that cannot be read leaves its statement open, and with it the connection in the past."""
    async with open_store(tmp_path / "store.db", sqlite=QUICK) as store:
        await store.commit(
            Execute("CREATE TABLE mine (text)"), Execute("INSERT INTO mine VALUES (CAST(x'ff' AS TEXT))")
        )
        with pytest.raises(StatementFailed) as kept:
            await store.ask(Select("SELECT text FROM mine"))
        await store.keys.put("key", 1)
        found = await store.keys.get("key")
        assert found is not None
        assert "UTF-8" in str(kept.value)


async def test_a_commit_that_breaks_a_deferred_rule_fails_alone(tmp_path: Path) -> None:
    """SQLite looks at such a foreign key in COMMIT, and refuses all that came with it."""
    outcomes: list[object] = []
    async with open_store(tmp_path / "store.db", sqlite=QUICK) as store:
        await store.commit(
            Execute("CREATE TABLE one (id INTEGER PRIMARY KEY)"),
            Execute("CREATE TABLE other (one REFERENCES one DEFERRABLE INITIALLY DEFERRED)"),
        )

        async def put(number: int) -> None:
            outcomes.append(await store.keys.put(f"key {number}", number))

        async def break_it() -> None:
            with pytest.raises(StatementFailed, match="FOREIGN KEY"):
                await store.commit(Execute("INSERT INTO other VALUES (7)"))
            outcomes.append("broken")

        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(put, number)
            nursery.start_soon(break_it)
        assert len(outcomes) == 11
        assert len(await store.keys.scan()) == 10


async def test_who_waits_for_ever_for_a_locked_file_does_wait(tmp_path: Path) -> None:
    """SQLite takes a time that is too long for it for none."""
    path = tmp_path / "store.db"
    async with open_store(path, sqlite=SqliteOptions(full_sync=False, busy_timeout=math.inf)) as store:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(store.keys.put, "key", 1)
                await trio.sleep(0.2)
                other.execute("ROLLBACK")
        assert await store.keys.get("key") is not None


async def test_a_file_is_closed_if_there_is_no_thread_to_write_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else would close it."""
    opened: list[sqlite3.Connection] = []

    def open_it(path: Path, options: SqliteOptions) -> sqlite3.Connection:
        opened.append(_open(path, options))
        return opened[0]

    def start(_writer: Writer) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_adapter, "_open", open_it)
    monkeypatch.setattr(Writer, "start", start)
    with pytest.raises(RuntimeError, match="thread"):
        async with open_store(tmp_path / "store.db", sqlite=QUICK):
            raise AssertionError("it is not open")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


async def test_where_sqlite_finds_no_memory_everybody_is_told_what_became_of_it(tmp_path: Path) -> None:
    """Python says so by an error that is none of SQLite's; the thread that writes must outlive it."""
    async with faulty_store(tmp_path / "store.db") as (under, connection):

        def none_for(word: str) -> Callable[[str], None]:
            def fail(statement: str) -> None:
                if word in statement:
                    raise MemoryError

            return fail

        told: set[BaseException] = set()

        async def put(kind: type[Exception]) -> None:
            with pytest.raises(kind, match="memory") as refused:
                await under.store.keys.put("key", 1)
            told.add(refused.value)

        connection.before = none_for("INSERT INTO")
        await put(StoreUnavailable)
        connection.before, connection.after = none_for("ROLLBACK"), none_for("INSERT INTO")
        await put(StoreUnavailable)
        connection.before, connection.after = bool, none_for("COMMIT")
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(put, OutcomeUnknown)
        connection.after = bool
        assert len(told) == 5, "each has an error of its own"
        found = await under.store.keys.get("key")
        assert found is not None, "it was written all the same"
        await under.store.keys.put("key", 2)
