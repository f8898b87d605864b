"""How cost grows: start, stop, find and restart at the end of *depth* supervisors, one within the other."""

import gc
import os

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, now, quantile

from ._failing import OFTEN, Crash, Failing, Restarts


async def _deepen(supervisor: smith.Supervisor, depth: int) -> smith.Supervisor:
    """Start a supervisor within a supervisor, *depth* times; return the last one."""
    for _ in range(depth):
        supervisor = await supervisor.start_supervisor(name="level", max_restarts=OFTEN)
    return supervisor


async def _started_and_stopped(root: smith.Supervisor, depth: int, n: int) -> None:
    """As many levels come and go at each depth; the stop of the uppermost stops them all."""
    starting = stopping = 0.0
    rounds = n // depth
    for _ in range(rounds):
        begun = now()
        await _deepen(root, depth)
        starting += now() - begun
        begun = now()
        await root.stop_child("level")
        stopping += now() - begun
        await root.delete_child("level")
    emit("start", rounds * depth / starting, "/s")
    emit("stop", rounds * depth / stopping, "/s")


def _found(root: smith.Supervisor, depth: int, n: int) -> None:
    path, find, rounds = "/".join(["level"] * depth), root.system.find, n // depth
    begun = now()
    for _ in range(rounds):
        find(path)
    emit("find", rounds * depth / (now() - begun), "/s")


async def _restarted(last: smith.Supervisor, n: int) -> None:
    run = Restarts(n)
    ref = await last.start(Failing, run, name="failing")
    ref.tell_nowait(Crash())
    await run.done.wait()
    emit("restart", quantile(run.samples, 0.5) * 1e6, "us")


async def _main(depth: int, n: int) -> None:
    async with smith.open_supervisor() as root:
        gc.collect()
        await _started_and_stopped(root, depth, n)
        last = await _deepen(root, depth)
        _found(root, depth, n * 50)
        await _restarted(last, n // 2)
        os._exit(0)


trio.run(_main, argument("depth", 2), argument("n", 5_000))
