"""After a crash in the midst of any write, what was acknowledged is there, and the rest can be repeated."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.store.opening import QUICK, HandClock
from tests.store.torn import SCENARIOS, Scenario, Stage, facts
from trio_smith.store import Store
from trio_smith.store._ready import make_ready
from trio_smith.store.sqlite import open_sqlite

LOG_HEAD, FRAME_HEAD = 32, 24
# All that is written but for what is granted for a time: claims and leases are acknowledged to nobody here.
TABLES = (
    "SELECT * FROM smith_streams ORDER BY stream",
    "SELECT * FROM smith_events ORDER BY stream, version",
    "SELECT * FROM smith_snapshots ORDER BY stream",
    "SELECT id, queue, name, data FROM smith_jobs ORDER BY id",
    "SELECT * FROM smith_dead_letters ORDER BY id",
    "SELECT * FROM smith_keys_values ORDER BY key",
    "SELECT * FROM smith_audit ORDER BY chain, position",
    "SELECT * FROM smith_inbox ORDER BY receiver, sender",
    "SELECT * FROM smith_commits ORDER BY key",
    "SELECT name FROM sqlite_master WHERE name = 'mine'",
)
State: TypeAlias = list[list[tuple[object, ...]]]


def lengths(log: Path, page: int) -> Iterator[int]:
    """Yield how much of the log may have reached the disk: up to each frame, and to the midst of each."""
    yield from (0, LOG_HEAD // 2, LOG_HEAD)
    for frame in range(LOG_HEAD, log.stat().st_size, FRAME_HEAD + page):
        yield from (frame + FRAME_HEAD + page // 2, frame + FRAME_HEAD + page)


def state(path: Path) -> State:
    """Return all that is in the file, which SQLite must think to be sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = [connection.execute(table).fetchall() for table in TABLES]
        if found[-1]:
            found.append(connection.execute("SELECT * FROM mine ORDER BY id").fetchall())
    return found


async def play(
    path: Path, scenario: Scenario, *, later: float = 0.0
) -> tuple[dict[str, object], list[tuple[int, State]]]:
    """Play *scenario* on the file at *path*; return the facts, and what there was at each answer.

    That is how long the log was, and all that was in the file.

    As it was when the last one came, before the file was closed, it is copied beside it.
    """
    clock, answers = HandClock(), list[tuple[int, State]]()
    clock.now += later
    log = Path(f"{path}-wal")
    async with open_sqlite(path, options=QUICK, clock=clock) as adapter:
        store = Store(adapter)
        stage = Stage(store, clock.advance, lambda: answers.append((log.stat().st_size, state(path))))
        await scenario(stage)
        there = await facts(store)
        if not later:
            shutil.copy(path, f"{path}.copy")
            shutil.copy(log, f"{path}.copy-wal")
    return there, answers


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_crash_in_the_midst_of_any_write_loses_and_doubles_nothing(
    scenario: Scenario, tmp_path: Path
) -> None:
    """The log is cut off at and within every frame; then the scenario begins again on what is left.

    So there is a crash before, in the midst of and after every write. What is found is exactly what was there
    at the last answer before it or, if that was on its way, at the next one: none less, and none more. The
    kernel may write pages in any order, so a cut within a frame stands for one that is torn.
    """
    whole = tmp_path / "whole.db"
    await make_ready(f"sqlite:{whole}")
    before = state(whole)
    wanted, answers = await play(whole, scenario)
    copy, copied_log = Path(f"{whole}.copy"), Path(f"{whole}.copy-wal")
    states = [before, *(there for _, there in answers)]
    cuts = list(lengths(copied_log, _page_size(copy)))
    assert len(cuts) > 10
    seen: list[State] = []
    for cut in cuts:
        crashed = _cut_off(copy, cut)
        acknowledged = sum(size <= cut for size, _ in answers)
        seen.append(state(_copied(crashed)))
        assert seen[-1] in states[acknowledged : acknowledged + 2], f"cut at {cut}"
        again, _ = await play(crashed, scenario, later=1_000.0)
        assert again == wanted, f"cut at {cut}"
    assert all(one in seen for one in states)


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
