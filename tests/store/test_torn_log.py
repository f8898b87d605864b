"""After a crash in the midst of any write, what was acknowledged is there, and the rest can be repeated."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.opening import QUICK, HandClock
from tests.store.torn import SCENARIOS, Scenario, Stage, facts
from trio_smith.store import Store
from trio_smith.store._ready import make_ready
from trio_smith.store.sqlite import open_sqlite

LOG_HEAD, FRAME_HEAD = 32, 24
COMMITS = "SELECT count(*) FROM smith_commits"


def lengths(log: Path, page: int) -> Iterator[int]:
    """Yield how much of the log may have reached the disk: up to each frame, and to the midst of each."""
    yield from (0, LOG_HEAD // 2, LOG_HEAD)
    for frame in range(LOG_HEAD, log.stat().st_size, FRAME_HEAD + page):
        yield from (frame + FRAME_HEAD + page // 2, frame + FRAME_HEAD + page)


def looked_at(path: Path) -> tuple[list[str], int]:
    """Return what SQLite thinks of the file, and how many commits with a key are in it."""
    with closing(sqlite3.connect(path)) as connection:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        (commits,) = connection.execute(COMMITS).fetchone()
    return wrong, commits


async def play(path: Path, scenario: Scenario, *, later: float = 0.0) -> tuple[dict[str, object], list[int]]:
    """Play *scenario* on the file at *path*; return the facts, and how long the log was at each answer.

    As it was when the last one came, before the file was closed, it is copied beside it.
    """
    clock, sizes = HandClock(), list[int]()
    clock.now += later
    log = Path(f"{path}-wal")
    async with open_sqlite(path, options=QUICK, clock=clock) as adapter:
        store = Store(adapter)
        stage = Stage(store, clock.advance, lambda: sizes.append(log.stat().st_size))
        await scenario(stage)
        there = await facts(store)
        if not later:
            shutil.copy(path, f"{path}.copy")
            shutil.copy(log, f"{path}.copy-wal")
    return there, sizes


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_crash_in_the_midst_of_any_write_loses_and_doubles_nothing(
    scenario: Scenario, tmp_path: Path
) -> None:
    """The log is cut off at and within every frame; then the scenario begins again on what is left.

    The kernel may write pages in any order, so a cut within a frame stands for one that is torn.
    """
    whole = tmp_path / "whole.db"
    await make_ready(f"sqlite:{whole}")
    wanted, sizes = await play(whole, scenario)
    copy, copied_log = Path(f"{whole}.copy"), Path(f"{whole}.copy-wal")
    _, all_commits = looked_at(whole)
    cuts = list(lengths(copied_log, _page_size(copy)))
    assert len(cuts) > 10
    for cut in cuts:
        crashed = _cut_off(copy, cut)
        wrong, commits = looked_at(_copied(crashed))
        assert wrong == []
        again, _ = await play(crashed, scenario, later=1_000.0)
        assert again == wanted, f"cut at {cut}"
        if all_commits == len(sizes):  # each commit of it has a key
            acknowledged = sum(size <= cut for size in sizes)
            assert acknowledged <= commits <= acknowledged + 1, f"cut at {cut}"


def _page_size(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[16:18], "big")


def _cut_off(path: Path, length: int) -> Path:
    """Make a file as a crash would leave it when so much of its log had reached the disk."""
    crashed = path.with_name("crashed.db")
    shutil.copy(path, crashed)
    Path(f"{crashed}-wal").write_bytes(Path(f"{path}-wal").read_bytes()[:length])
    Path(f"{crashed}-shm").unlink(missing_ok=True)
    return crashed


def _copied(path: Path) -> Path:
    """Copy the file at *path* with its log: looking at it would tidy it up."""
    look = path.with_name("look.db")
    shutil.copy(path, look)
    shutil.copy(f"{path}-wal", f"{look}-wal")
    Path(f"{look}-shm").unlink(missing_ok=True)
    return look
