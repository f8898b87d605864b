"""Whatever ends a run, and wherever: the database is as before a step or after it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.examples.program import ROOT
from tests.unit.store.migrations.stage import SCRIPTS, ask, faulty, history, schema, write
from trio_smith.store import StoreUnavailable, migrate, open_migrations

MOST = 60
"""More statements than a run of all scripts has."""

KILLED = """
import os, signal, sys
from functools import partial
from pathlib import Path
import trio
sys.path.insert(0, sys.argv[1])
from tests.unit.store.migrations.stage import faulty

async def main():
    deed = lambda: os.kill(os.getpid(), signal.SIGKILL)
    async with faulty(sys.argv[2], Path(sys.argv[3]), at=int(sys.argv[4]), deed=deed) as migrations:
        await (migrations.up() if sys.argv[5] == "up" else migrations.down(to=0))

trio.run(main)
"""
LONG = {
    "sqlite": "INSERT INTO planets WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT i FROM n WHERE i < 0;",
    "postgresql": "SELECT pg_sleep(60);",
}


class Fault(Exception):
    """Something that nobody expects."""


def fail() -> None:
    """Do so."""
    raise Fault


def stages(url: str, folder: Path) -> list[tuple[dict[str, str], int]]:
    """Return what a database is with 0, 1, 2 and 3 migrations, and leave it without any."""
    found: list[tuple[dict[str, str], int]] = []

    async def walk() -> None:
        async with open_migrations(url, folder=folder) as migrations:
            for number in range(len(SCRIPTS) // 2 + 1):
                await migrations.up(number)
                found.append((schema(url), number))
            await migrations.down(to=0)

    trio.run(walk)
    return found


async def go(url: str, folder: Path, way: str, *, at: int, deed: object) -> None:
    """Run all scripts that way, with *deed* before the statement number *at*."""
    async with faulty(url, folder, at=at, deed=deed) as migrations:
        await (migrations.up() if way == "up" else migrations.down(to=0))


def seen(url: str) -> tuple[dict[str, str], int]:
    """Return what the database defines, and how many migrations it says it has."""
    return schema(url), len(history(url))


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_failure_at_any_statement_leaves_whole_steps(way: str, url: str, tmp_path: Path) -> None:
    """At each one in turn, until a run gets through; between two, all is taken back or done."""
    folder = write(tmp_path / "scripts")
    steps = stages(url, folder)
    for at in range(1, MOST):
        if way == "down":
            trio.run(lambda: migrate(url, folder=folder))
        try:
            trio.run(lambda at=at: go(url, folder, way, at=at, deed=fail))
        except Fault:
            assert seen(url) in steps
        else:
            break
        if way == "up":
            trio.run(lambda: go(url, folder, "down", at=0, deed=fail))
    assert 10 < at < MOST - 1
    assert seen(url) == steps[3 if way == "up" else 0]


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_cancellation_at_any_statement_leaves_whole_steps(way: str, url: str, tmp_path: Path) -> None:
    """Without taking anything back between two: what was done stays, and the next call goes on from there."""
    folder = write(tmp_path / "scripts")
    steps = stages(url, folder)
    if way == "down":
        trio.run(lambda: migrate(url, folder=folder))
    cancelled: list[bool] = []

    async def cancelled_at(at: int) -> None:
        token = trio.lowlevel.current_trio_token()
        with trio.CancelScope() as scope:
            deed = partial(trio.from_thread.run_sync, scope.cancel, trio_token=token)
            await go(url, folder, way, at=at, deed=deed)
        cancelled.append(scope.cancelled_caught)

    for at in range(1, MOST):
        trio.run(cancelled_at, at)
        assert seen(url) in steps
        if not cancelled[-1]:
            break
    assert len(cancelled) > 8
    assert seen(url) == steps[3 if way == "up" else 0]


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_process_that_is_killed_leaves_whole_steps(way: str, url: str, tmp_path: Path) -> None:
    """SIGKILL, in a process of its own, at some statements of a step: the lock goes with it."""
    folder = write(tmp_path / "scripts")
    steps = stages(url, folder)
    if way == "down":
        trio.run(lambda: migrate(url, folder=folder))
    before = seen(url)
    for at in (5, 9):
        arguments = [str(ROOT), url, str(folder), str(at), way]
        ended = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, timeout=60, cwd=ROOT)
        assert ended.returncode == -signal.SIGKILL
        assert seen(url) in steps
    trio.run(lambda: go(url, folder, way, at=0, deed=fail))
    assert seen(url) == steps[3 if way == "up" else 0] != before


def test_a_long_statement_is_interrupted(url: str, tmp_path: Path) -> None:
    """Soon, and nothing of its step is left."""
    long = LONG[url.partition(":")[0]]
    folder = write(
        tmp_path / "scripts", {**SCRIPTS, "0002_moons.up.sql": f"CREATE TABLE moons (a text);{long}"}
    )
    started = time.monotonic()

    async def main() -> None:
        with trio.move_on_after(0.3) as scope:
            await migrate(url, folder=folder)
        assert scope.cancelled_caught

    trio.run(main)
    assert time.monotonic() - started < 4
    assert history(url) == [("application", 1, "planets")]
    assert "table moons" not in schema(url)


def test_an_interrupted_connection_can_be_used_again(url: str, tmp_path: Path) -> None:
    """Within the same block."""
    long = LONG[url.partition(":")[0]]
    folder = write(tmp_path / "scripts", {**SCRIPTS, "0002_moons.up.sql": long})

    async def main() -> None:
        async with open_migrations(url, folder=folder) as migrations:
            with trio.move_on_after(0.3):
                await migrations.up()
            assert len(await migrations.down(to=0)) == 1

    trio.run(main)


def test_a_wait_for_others_ends_with_a_cancellation(url: str, tmp_path: Path) -> None:
    """It need not last as long as it might."""
    folder = write(tmp_path / "scripts")
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        leave.wait(20)

    holder = threading.Thread(target=trio.run, args=(lambda: go(url, folder, "up", at=6, deed=stay),))
    holder.start()
    inside.wait(20)

    async def main() -> None:
        with trio.move_on_after(0.3) as scope:
            await migrate(url, folder=folder)
        assert scope.cancelled_caught

    try:
        started = time.monotonic()
        trio.run(main)
        assert time.monotonic() - started < 4
    finally:
        leave.set()
        holder.join()
    assert len(history(url)) == 3


def test_a_connection_that_the_server_cuts_is_an_error_of_ours(postgres: str, tmp_path: Path) -> None:
    """Nothing of the step is there."""
    folder = write(tmp_path / "scripts")

    def cut() -> None:
        ask(
            postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

    with pytest.raises(StoreUnavailable, match=r"terminat|closed"):
        trio.run(lambda: go(postgres, folder, "up", at=6, deed=cut))
    assert schema(postgres) == {}
    assert len(trio.run(lambda: migrate(postgres, folder=folder))) == 3
