"""claim of 100 jobs at a time, from one task; SQLite."""

import tempfile
from pathlib import Path

import trio

from stress.bench.measure import argument, emit, now
from trio_smith.store import open_store

AT_ONCE = 100


async def _main(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "a.db") as store:
            for _ in range(n // 10_000):
                await store.queue.enqueue_many("q", [1] * 10_000)
            begun, claimed = now(), 0
            while jobs := await store.queue.claim("q", limit=AT_ONCE, lease=1e6):
                claimed += len(jobs)
            emit("claim", claimed / (now() - begun), "/s")


trio.run(_main, argument("n", 100_000))
