"""Kill a process that commits, and see what is there afterwards."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

ROOT: Final = Path(__file__).parents[2]
AT_LEAST: Final = 5
"""Acknowledgements before a kill, so that there is something to lose."""


def kill_committing(path: Path, *, first: int, random: Random) -> set[int]:
    """Let a process commit to *path*, kill it at a random moment, and return what it had acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.committing", path, str(first), "16", "1000000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        acknowledged = {int(process.stdout.readline()) for _ in range(AT_LEAST)}
        time.sleep(random.random() * 0.1)
        process.kill()
        acknowledged |= {int(line) for line in process.stdout if line.endswith("\n")}
    return acknowledged


def found_wrong(path: Path, acknowledged: set[int]) -> list[str]:
    """Return what is wrong with the file at *path*, in which all of *acknowledged* must be, once."""
    with closing(sqlite3.connect(path)) as connection:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        events = [int(row[0]) for row in connection.execute("SELECT data FROM smith_events ORDER BY version")]
        versions = [row[0] for row in connection.execute("SELECT version FROM smith_events ORDER BY version")]
        jobs = [int(row[0]) for row in connection.execute("SELECT data FROM smith_jobs")]
        keys = [int(row[0]) for row in connection.execute("SELECT data FROM smith_keys_values")]
    if lost := acknowledged - set(events):
        wrong.append(f"acknowledged and lost: {sorted(lost)[:10]}")
    if versions != list(range(1, len(versions) + 1)):
        wrong.append("there is a gap in the stream")
    for name, there in (("events", events), ("jobs", jobs), ("keys", keys)):
        if doubled := [number for number, times in Counter(there).items() if times > 1]:
            wrong.append(f"{name} that are there twice: {doubled[:10]}")
        if set(there) != set(events):
            wrong.append(f"{name} and events of the same commits differ")
    return wrong


def kill_and_look(path: Path, *, kills: int, seed: int) -> int:
    """Kill a committing process *kills* times; return how many commits were acknowledged.

    Each goes on behind the numbers of the one before. Raises AssertionError when something is wrong.
    """
    random = Random(seed)
    acknowledged: set[int] = set()
    for kill in range(kills):
        acknowledged |= kill_committing(path, first=max(acknowledged, default=0) + 1_000, random=random)
        wrong = found_wrong(path, acknowledged)
        assert not wrong, f"seed {seed}, kill {kill + 1}: {'; '.join(wrong)}"
    return len(acknowledged)
