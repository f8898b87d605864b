"""Every adapter keeps every promise."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from tests.store.opening import in_memory, in_sqlite
from trio_smith.store.sqlite import SqliteOptions
from trio_smith.testing import check_store


async def test_a_store_in_memory_keeps_every_promise() -> None:
    """It is the reference; all but the application's own tables."""
    checked = await check_store(in_memory)
    assert len(checked) == len(set(checked)) >= 55


async def test_a_store_in_sqlite_keeps_every_promise(tmp_path: Path) -> None:
    """It is the one that needs no set-up."""
    numbers = count()
    checked = await check_store(lambda: in_sqlite(tmp_path / f"{next(numbers)}.db"))
    assert len(checked) == len(set(checked)) >= 56


async def test_it_does_so_with_one_reader_and_room_for_few(tmp_path: Path) -> None:
    """Options change how fast it is, and nothing else."""
    numbers = count()
    options = SqliteOptions(readers=1, max_waiting=2, full_sync=True)
    await check_store(lambda: in_sqlite(tmp_path / f"{next(numbers)}.db", options=options))
