"""Files that cannot be a store, or stop being one, are told apart."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.opening import QUICK, in_sqlite
from trio_smith.store import Store, StoreBusy, StoreCorrupt, StoreUnavailable, open_store
from trio_smith.store._errors import BadRequest
from trio_smith.store.sqlite import SqliteOptions, _adapter, open_sqlite
from trio_smith.store.words import Put

ROOT = Path(__file__).parents[4]

READ_ONLY = """
import os, pathlib, sys, trio
from trio_smith.store import Store, StoreReadOnly, StoreUnavailable
from trio_smith.store.sqlite import SqliteOptions, open_sqlite
async def main():
    async with open_sqlite(pathlib.Path(sys.argv[1]), options=SqliteOptions()):
        pass  # all that is needed is imported now, by whoever may read it
    if os.geteuid() == 0:
        os.setegid(65534); os.seteuid(65534)
    try:
        async with open_sqlite(pathlib.Path(sys.argv[2]), options=SqliteOptions()) as adapter:
            await Store(adapter).journal.append("s", [1])
    except (StoreReadOnly, StoreUnavailable) as error:
        print(type(error).__name__)
trio.run(main)
"""


async def test_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """It may be mounted later."""
    for path in (tmp_path / "nowhere" / "a.db", tmp_path):
        with pytest.raises(StoreUnavailable):
            async with open_store(f"sqlite:{path}"):
                pass
        with pytest.raises(StoreUnavailable, match="unable to open"):
            async with open_sqlite(path, options=SqliteOptions()):
                pass


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(4096)])
async def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path, content: bytes) -> None:
    """And is left as it is."""
    (tmp_path / "a.db").write_bytes(content)
    with pytest.raises(StoreCorrupt):
        async with open_store(f"sqlite:{tmp_path / 'a.db'}"):
            pass
    with pytest.raises(StoreCorrupt):
        async with open_sqlite(tmp_path / "a.db", options=SqliteOptions()):
            pass
    assert (tmp_path / "a.db").read_bytes() == content


async def test_a_damaged_page_is_told_by_whoever_reads_it(tmp_path: Path) -> None:
    """It is found late, and never taken for an answer."""
    path = tmp_path / "a.db"
    async with in_sqlite(path) as under:
        for number in range(200):
            await under.store.keys.put(f"k{number}", "x" * 500)
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    for page in range(len(content) // size - 20, len(content) // size):
        content[page * size : page * size + 100] = b"\xff" * 100
    path.write_bytes(content)
    async with open_sqlite(path, options=QUICK) as adapter:
        store = Store(adapter)
        with pytest.raises(StoreCorrupt):
            await store.keys.scan()
        with pytest.raises(StoreCorrupt):
            await store.commit(*(Put(f"k{number}", "y" * 500) for number in range(200)))


async def test_a_database_in_memory_is_no_file(tmp_path: Path) -> None:
    """Each connection would have one of its own."""
    with pytest.raises(StoreUnavailable, match="write-ahead log"):
        async with open_sqlite(Path(":memory:"), options=SqliteOptions()):
            pass


async def test_a_lock_on_the_file_is_busy_and_not_for_ever(tmp_path: Path) -> None:
    """Another process may keep it for itself."""
    path = tmp_path / "a.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        async with open_sqlite(path, options=SqliteOptions(busy_timeout=0.05)):
            pass
    other.close()


def test_what_may_only_be_read_is_told_as_such(tmp_path: Path) -> None:
    """In a process without the right to write, whoever runs this test."""
    path = tmp_path / "shared" / "a.db"
    path.parent.mkdir()
    made = sqlite3.connect(path)
    made.execute("PRAGMA journal_mode = WAL")
    made.close()
    for folder in (path.parent, *path.parent.parents):
        if folder.stat().st_uid == os.getuid() and folder not in ROOT.parents:
            folder.chmod(folder.stat().st_mode | 0o055 if folder != path.parent else 0o555)
    path.chmod(0o444)
    try:
        said = subprocess.run(
            [sys.executable, "-c", READ_ONLY, tmp_path / "warm.db", path],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )
    finally:
        path.parent.chmod(0o755)
    assert said.stdout.split()[-1:] in (["StoreReadOnly"], ["StoreUnavailable"]), said.stderr


async def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements need what it does not know."""
    monkeypatch.setattr(_adapter, "OLDEST", (99, 0, 0))
    with pytest.raises(StoreUnavailable, match="99"):
        async with open_sqlite(tmp_path / "a.db", options=SqliteOptions()):
            pass


@pytest.mark.parametrize("name", ["busy_timeout", "readers", "max_waiting", "grace"])
def test_options_are_positive(name: str) -> None:
    """None of them makes sense otherwise."""
    with pytest.raises(BadRequest, match=name):
        SqliteOptions(**{name: 0})
