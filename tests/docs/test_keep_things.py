"""The page about stores: its backups are made and restored under load, and its table names what there is."""

from __future__ import annotations

import math
import os
import re
import shlex
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import trio
from psycopg.conninfo import conninfo_to_dict

from trio_smith.store import Anchor, Append, Complete, Enqueue, Record, Store, open_store
from trio_smith.testing.postgres import throwaway_postgres
from trio_smith.testing.postgres._binaries import find_binaries

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docs" / "how-to" / "keep-things.md").read_text("utf-8")
BACKUP, RESTORE, POSTGRES = (
    re.findall(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", block, re.MULTILINE)
    for block in re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
)
WRITERS: Final = 4


async def run(commands: Sequence[tuple[str, str]], folder: Path) -> None:
    """Carry out *commands* in *folder*; each must say what stands below it."""
    ours = os.pathsep.join([str(Path(sys.executable).parent), str(find_binaries()), os.environ["PATH"]])
    for line, says in commands:
        words = shlex.split(line)
        if words[0] == "sqlite3":  # the program is not everywhere; its statement is what counts
            with closing(sqlite3.connect(folder / words[1])) as connection:
                connection.execute(words[2].replace("'", f"'{folder}/", 1))
            continue
        if words[0] == "trio-smith":
            words[:1] = [sys.executable, "-m", "trio_smith"]
        env = {**os.environ, "PATH": ours, "PYTHONPATH": str(ROOT)}
        done = await trio.run_process(words, cwd=folder, env=env, capture_stdout=True)
        assert done.stdout.decode() == says


@asynccontextmanager
async def busy(url: str) -> AsyncGenerator[None]:
    """Write to a store and work off its queue, all the time; the block begins when something is in it."""
    async with open_store(url, poll=0.01) as store, trio.open_nursery() as nursery:
        some = trio.Event()

        async def write(number: int) -> None:
            for step in range(1, sys.maxsize):
                await store.commit(
                    Append(f"s{number}", [step]), Enqueue("q", [step]), Record("trail", [number, step])
                )
                if step == 20:
                    some.set()

        async def work() -> None:
            while True:
                for job in await store.queue.claim("q", wait=math.inf):
                    await store.commit(Complete(job), Append("done", [job.id]))
                    await trio.sleep(0.02)  # work is slower than writing, so that there is some left

        for number in range(WRITERS):
            nursery.start_soon(write, number)
        nursery.start_soon(work)
        await some.wait()
        yield
        nursery.cancel_scope.cancel()


async def assert_goes_on(store: Store) -> None:
    """Every commit is there wholly or not at all, and the queue goes on from there."""
    steps = sum([await store.journal.version(f"s{number}") for number in range(WRITERS)])
    end = await store.audit.verify("trail")
    assert isinstance(end, Anchor)
    assert end.position == steps >= 20
    queue = await store.queue.statistics("q")
    assert queue.ready + queue.later + await store.journal.version("done") == steps
    jobs = await store.queue.claim("q", limit=10)
    assert len(jobs) == 10
    await store.queue.complete(*jobs)
    assert await store.audit.record("trail", "goes on") == steps + 1


async def test_a_file_is_backed_up_and_restored(tmp_path: Path) -> None:
    """By the commands of the page, while others write; what is restored is the moment of the backup."""
    async with busy(str(tmp_path / "orders.db")):
        await run(BACKUP, tmp_path)
    (tmp_path / "orders.db-wal").write_bytes(b"of a process that was killed")
    await run(RESTORE, tmp_path)
    async with open_store(tmp_path / "orders.db") as store:
        await assert_goes_on(store)


async def test_a_database_is_dumped_and_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into another one, by programs that come with every PostgreSQL."""
    dump, *restore = POSTGRES
    with throwaway_postgres(own=True) as postgres:
        where = conninfo_to_dict(postgres.dsn)
        for name in ("host", "port", "user"):
            monkeypatch.setenv(f"PG{name.upper()}", str(where[name]))
        await run([("createdb orders", "")], tmp_path)
        async with busy("postgresql:///orders"):
            await run([dump], tmp_path)
        await run(restore, tmp_path)
        async with open_store("postgresql:///restored") as store:
            await assert_goes_on(store)


def test_what_holds_a_promise_is_there() -> None:
    """Each row of the table names files of tests."""
    table = TEXT[TEXT.index("## What is promised") : TEXT.index("## Tune it")]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    files = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.split("|")[-2])
        assert named, row
        assert set(named) <= files, row
