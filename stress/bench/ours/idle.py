"""idle: the processor time of a loop with *n* idle actors, in percent of one core.

``kind`` is beating (each calls a method of its own once a second) or quiet.
"""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

import trio_smith as smith
from stress.bench.measure import argument, choice, emit, now

from ._idle import Idle, Nothing


class Beats:
    """How many heartbeats there were, of all actors together."""

    count = 0


class Beating(smith.Actor[Nothing]):
    """Has a heartbeat, and nothing else to do."""

    def __init__(self, beats: Beats) -> None:
        self._beats = beats

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Begin to beat."""
        context.every(1.0, self.beat)
        yield

    def beat(self) -> None:
        """Count one heartbeat."""
        self._beats.count += 1

    @smith.on(Nothing)
    async def nothing(self, _: Nothing) -> None:
        """Do nothing."""


async def _main(kind: str, n: int, seconds: int) -> None:
    beats = Beats()
    async with smith.open_supervisor() as supervisor:
        for number in range(n):
            if kind == "beating":
                await supervisor.start(Beating, beats, name=f"actor-{number}")
            else:
                await supervisor.start(Idle, name=f"actor-{number}")
        await trio.sleep(0.3)
        begun, used, counted = now(), time.process_time(), beats.count
        await trio.sleep(seconds)
        took = now() - begun
        emit("idle", (time.process_time() - used) / took * 100, "%")
        emit("beats", (beats.count - counted) / took, "/s")
        if kind == "beating":
            assert (beats.count - counted) / took > 0.8 * n, "the hearts do not beat once a second"
        os._exit(0)


trio.run(_main, choice("kind", "beating"), argument("n", 10_000), argument("seconds", 3))
