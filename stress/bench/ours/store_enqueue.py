"""enqueue from 64 tasks, each job on the disk before it is acknowledged; SQLite."""

import tempfile
from pathlib import Path

import trio

from stress.bench.measure import argument, emit, now
from trio_smith.store import Store, open_store

TASKS = 64


async def _work(store: Store, n: int) -> None:
    for _ in range(n):
        await store.queue.enqueue("q", 1)


async def _main(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "a.db") as store:
            await _work(store, 1)
            begun = now()
            async with trio.open_nursery() as nursery:
                for _ in range(TASKS):
                    nursery.start_soon(_work, store, n // TASKS)
            emit("enqueue", n // TASKS * TASKS / (now() - begun), "/s")


trio.run(_main, argument("n", 64_000))
