"""memory: the bytes of one idle supervised actor, found by its name (the names are made beforehand)."""

import gc
import os

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, proportional_memory

from ._idle import Idle


async def _main(n: int) -> None:
    names = [f"actor-{number}" for number in range(n)]
    refs: list[object] = [None] * n
    async with smith.open_supervisor() as supervisor:
        gc.collect()
        before = proportional_memory()
        for place, name in enumerate(names):
            refs[place] = await supervisor.start(Idle, name=name)
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        gc.collect()
        emit("memory", (proportional_memory() - before) / n, "B")
        os._exit(0)  # ending a hundred thousand tasks is another figure


trio.run(_main, argument("n", 100_000))
