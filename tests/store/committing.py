"""A program that commits as fast as it can and prints what was acknowledged, to be killed at any moment.

``python -m tests.store.committing PATH FIRST TASKS COUNT`` counts on from FIRST, in so many tasks: commit n
appends n to a stream, puts it as a job and under a key, with an idempotency key, and its number is printed
when it was acknowledged. It ends after COUNT of them if nobody kills it before.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import trio

from trio_smith.store import Store
from trio_smith.store._ready import make_ready
from trio_smith.store.sqlite import SqliteOptions, open_sqlite
from trio_smith.store.words import Append, Enqueue, Put


async def commit(store: Store, number: int) -> None:
    """Commit *number*; the same again does nothing."""
    await store.commit(
        Append("s", [number]), Enqueue("q", [number]), Put(f"k{number}", number), key=f"n{number}"
    )


async def main(path: Path, first: int, tasks: int, count: int) -> None:
    """Commit until somebody kills this process."""
    numbers = iter(range(first, first + count))
    await make_ready(f"sqlite:{path}")

    async def work(store: Store) -> None:
        for number in numbers:
            await commit(store, number)
            # One system call, and nothing of it left in a buffer of this process.
            os.write(1, b"%d\n" % number)

    async with open_sqlite(path, options=SqliteOptions()) as adapter, trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(work, Store(adapter))


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), *map(int, sys.argv[2:]))
