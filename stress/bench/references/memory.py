"""memory: the bytes of one idle actor, which is a task that waits on a memory channel of its own."""

import gc
import os

import trio

from stress.bench.measure import argument, emit, proportional_memory


async def _actor(inlets: list[trio.MemorySendChannel[object]]) -> None:
    inlet, outlet = trio.open_memory_channel[object](64)
    inlets.append(inlet)
    async for _ in outlet:
        pass


async def _main(n: int) -> None:
    inlets: list[trio.MemorySendChannel[object]] = []
    gc.collect()
    before = proportional_memory()
    async with trio.open_nursery() as nursery:
        for _ in range(n):
            nursery.start_soon(_actor, inlets)
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        gc.collect()
        emit("memory", (proportional_memory() - before) / n, "B")
        os._exit(0)  # ending a hundred thousand tasks is another figure


trio.run(_main, argument("n", 100_000))
