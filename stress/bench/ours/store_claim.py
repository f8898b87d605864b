"""claim of 100 jobs at a time, from one task or several; SQLite."""

import tempfile
from pathlib import Path

import trio

from stress.bench.measure import argument, emit, now
from trio_smith.store import Store, open_store

AT_ONCE = 100


async def _work(store: Store, counts: list[int]) -> None:
    while jobs := await store.queue.claim("q", limit=AT_ONCE, lease=1e6):
        counts.append(len(jobs))


async def _main(n: int, workers: int) -> None:
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "a.db") as store:
            for _ in range(n // 10_000):
                await store.queue.enqueue_many("q", [1] * 10_000)
            begun = now()
            async with trio.open_nursery() as nursery:
                for _ in range(workers):
                    nursery.start_soon(_work, store, counts)
            emit("claim", sum(counts) / (now() - begun), "/s")


trio.run(_main, argument("n", 100_000), argument("workers", 1))
