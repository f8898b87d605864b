"""Several processes use one file of SQLite at once."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import trio

from trio_smith.store import open_store

ROOT = Path(__file__).parents[2]
JOBS, COUNTS, PROCESSES = 60, 15, 3
WORKER = f"""
import sys, trio
from trio_smith.store import Append, Complete, RevisionConflict, open_store

async def main():
    async with open_store(sys.argv[1], poll=0.01) as store:
        for _ in range({COUNTS}):
            async with store.leases.hold("one", ttl=10) as lease:
                inside = await store.keys.get("inside")
                assert inside is None or inside.value == 0, "two hold the lease"
                await store.keys.put("inside", 1)
                await store.keys.put("inside", 0)
            while True:
                found = await store.keys.get("count")
                number, revision = (found.value, found.revision) if found else (0, 0)
                try:
                    await store.keys.put("count", number + 1, expected=revision)
                except RevisionConflict:
                    continue
                break
        while jobs := await store.queue.claim("q", limit=2):
            await store.commit(Complete(jobs), Append("done", [job.value for job in jobs]))

trio.run(main)
"""


async def test_processes_on_one_file_never_have_the_same(tmp_path: Path) -> None:
    """No job is done twice, no lease held twice, and no change of a key is lost."""
    path = tmp_path / "shared.db"
    async with open_store(path) as store:
        await store.queue.enqueue_many("q", range(JOBS))
        worker = partial(trio.run_process, [sys.executable, "-c", WORKER, str(path)])
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for _ in range(PROCESSES):
                    nursery.start_soon(partial(worker, env={**os.environ, "PYTHONPATH": str(ROOT)}))
        done = [event.value for event in await store.journal.read("done")]
        assert sorted(map(str, done)) == sorted(map(str, range(JOBS)))
        found = await store.keys.get("count")
        assert found is not None
        assert found.value == PROCESSES * COUNTS
