"""How cost grows: tell, ask, restart, start and stop of a child, and find, among *population* idle actors."""

import gc
import os

import trio

import trio_smith as smith
from stress.bench.measure import BURST, argument, emit, now, quantile

from ._counter import Count, Counter, Get
from ._failing import OFTEN, Crash, Failing, Restarts
from ._idle import Idle

ROUNDS = 5
BATCH = 100


async def _told(ref: smith.Ref[Count | Get], n: int) -> None:
    message = Count()
    begun = now()
    for number in range(1, n):
        ref.tell_nowait(message)
        if number % BURST == 0:
            await trio.lowlevel.checkpoint()
    await ref.ask(Get())
    emit("tell_nowait", n / (now() - begun), "/s")


async def _asked(ref: smith.Ref[Count | Get], n: int) -> None:
    message = Get()
    begun = now()
    for _ in range(n):
        await ref.ask(message)
    emit("ask", n / (now() - begun), "/s")


async def _restarted(supervisor: smith.Supervisor, n: int) -> None:
    run = Restarts(n)
    ref = await supervisor.start(Failing, run, name="failing")
    ref.tell_nowait(Crash())
    await run.done.wait()
    emit("restart", quantile(run.samples, 0.5) * 1e6, "us")


async def _started_and_stopped(supervisor: smith.Supervisor) -> None:
    """A batch of children comes and goes in the middle of the others, a few times over."""
    starting = stopping = 0.0
    names = [f"guest-{number}" for number in range(BATCH)]
    for _ in range(ROUNDS):
        begun = now()
        for name in names:
            await supervisor.start(Idle, name=name)
        starting += now() - begun
        begun = now()
        for name in names:
            await supervisor.stop_child(name)
            await supervisor.delete_child(name)
        stopping += now() - begun
    emit("start", ROUNDS * BATCH / starting, "/s")
    emit("stop", ROUNDS * BATCH / stopping, "/s")


def _found(supervisor: smith.Supervisor, names: list[str], n: int) -> None:
    rounds, find = max(1, n // len(names)), supervisor.system.find
    begun = now()
    for _ in range(rounds):
        for name in names:
            find(name)
    emit("find", rounds * len(names) / (now() - begun), "/s")


async def _main(population: int, n: int) -> None:
    names = [f"actor-{number}" for number in range(population)]
    async with smith.open_supervisor(max_restarts=OFTEN) as supervisor:
        for name in names:
            await supervisor.start(Idle, name=name)
        ref = await supervisor.start(Counter, name="counter")
        gc.collect()
        await _told(ref, n)
        await _asked(ref, n // 5)
        await _restarted(supervisor, n // 50)
        await _started_and_stopped(supervisor)
        _found(supervisor, names[:: max(1, population // 1_000)], n)
        os._exit(0)


trio.run(_main, argument("population", 10), argument("n", 100_000))
