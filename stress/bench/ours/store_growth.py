"""append of 100 events at a time to a stream that has so many already; SQLite."""

import tempfile
from pathlib import Path

import trio

from stress.bench.measure import argument, emit, now
from trio_smith.store import open_store

AT_ONCE = 100
FILL = 10_000


async def _main(population: int, n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "a.db") as store:
            for _ in range(max(1, population // FILL)):
                await store.journal.append("s", [{"n": 1}] * min(population, FILL))
            begun = now()
            for _ in range(n // AT_ONCE):
                await store.journal.append("s", [{"n": 1}] * AT_ONCE)
            emit("append", n / (now() - begun), "/s")


trio.run(_main, argument("population", 1_000), argument("n", 20_000))
