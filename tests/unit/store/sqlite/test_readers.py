"""Those that read beside the one that writes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio

from tests.store.opening import in_sqlite
from trio_smith.store._errors import StatementFailed, StoreClosed, StoreFailed, StoreReadOnly
from trio_smith.store.sqlite._readers import Readers
from trio_smith.store.words import Execute, Revision, Select

ENDLESS = Select(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"
)


async def test_a_long_read_can_be_cancelled(tmp_path: Path) -> None:
    """It would hold up the end of the program; and its connection is as good as new afterwards."""
    async with in_sqlite(tmp_path / "a.db") as under:
        for _ in range(8):
            begun = trio.current_time()
            with trio.move_on_after(0.05) as scope:
                await under.store.ask(ENDLESS)
            assert scope.cancelled_caught
            assert trio.current_time() - begun < 5.0
        assert await under.store.keys.revision() == 0


async def test_a_query_cannot_write(tmp_path: Path) -> None:
    """It would not be in the one place where all writes wait for their turn."""
    async with in_sqlite(tmp_path / "a.db") as under:
        await under.store.write(Execute("CREATE TABLE mine (id INTEGER)"))
        with pytest.raises(StoreReadOnly):
            await under.store.ask(Select("INSERT INTO mine VALUES (1) RETURNING id"))
        with pytest.raises(StatementFailed):
            await under.store.ask(Select("SELECT 1; SELECT 2"))
        assert await under.store.ask(Select("SELECT id FROM mine")) == ()


async def test_queries_do_not_wait_for_one_that_is_long(tmp_path: Path) -> None:
    """There are several readers."""
    async with in_sqlite(tmp_path / "a.db") as under:
        with trio.fail_after(10.0):
            async with trio.open_nursery() as nursery:
                for _ in range(3):
                    nursery.start_soon(under.store.ask, ENDLESS)
                for _ in range(20):
                    assert await under.store.keys.revision() == 0
                nursery.cancel_scope.cancel()


async def test_many_threads_share_the_idle_connections(tmp_path: Path) -> None:
    """Taking one and finding none must be one step."""
    async with in_sqlite(tmp_path / "a.db") as under:
        async with trio.open_nursery() as nursery:
            for _ in range(500):
                nursery.start_soon(under.store.keys.revision)
        assert under.store._adapter is not None
        assert len(under.store._adapter.readers._idle) <= 4  # type: ignore[attr-defined]


async def test_a_connection_in_use_at_the_end_is_closed_after_its_use(tmp_path: Path) -> None:
    """Otherwise its file stays open until the program ends."""
    opened: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        opened.append(sqlite3.connect(tmp_path / "a.db", check_same_thread=False))
        opened[-1].execute("CREATE TABLE IF NOT EXISTS smith_revision AS SELECT 0 AS revision")
        readers.close()
        return opened[-1]

    readers = Readers(connect, clock=lambda: 0.0, most=1)
    assert await readers.read(Revision()) == 0
    assert len(opened) == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")
    with pytest.raises(StoreClosed):
        await readers.read(Revision())


async def test_a_connection_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """As a failure of the store, whichever it is."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(tmp_path / "nowhere" / "a.db")

    with pytest.raises(StoreFailed, match="unable to open"):
        await Readers(connect, clock=lambda: 0.0, most=1).read(Revision())
