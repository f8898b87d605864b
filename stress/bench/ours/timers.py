"""How cost grows: set and cancel a timer, and have one fire, beside *population* others of actors."""

import gc
import os
import time

import trio
import trio.testing

import trio_smith as smith
from stress.bench.measure import argument, emit

MOST_ACTORS = 1_000
BATCH = 64
SPREAD = 3_600.0
"""Seconds over which the others are due; none of them before `AHEAD`."""
AHEAD = 600.0


@smith.message
class Pend:
    """Have a timer that is due in so many seconds."""

    delay: float


@smith.message
class Waver(smith.Request[float]):
    """Set a timer and cancel it, ``n`` times; answered by the seconds of the processor that it took."""

    n: int


@smith.message
class Fire:
    """Have a batch of timers fire at once, and set ``done`` when the last one has."""

    done: trio.Event


class Timed(smith.Actor[Pend | Waver | Fire]):
    """Has timers."""

    @smith.on(Pend)
    def pend(self, message: Pend) -> None:
        """Leave it alone."""
        self.context.after(message.delay, self.nothing)

    @smith.on(Waver)
    def waver(self, message: Waver) -> float:
        """Set each in the midst of the others."""
        context, n = self.context, message.n
        begun = time.process_time()
        for number in range(n):
            context.after(AHEAD + SPREAD * (number % 997) / 997, self.nothing).cancel()
        return time.process_time() - begun

    @smith.on(Fire)
    def fire(self, message: Fire) -> None:
        """Let the last one tell."""
        for _ in range(BATCH - 1):
            self.context.after(0.0, self.nothing)
        self.context.after(0.0, message.done.set)

    def nothing(self) -> None:
        """Be what a timer calls."""


async def _fired(ref: smith.Ref[Fire], n: int) -> None:
    """Take the processor's time: a sweep waits for the next millisecond, and that costs nothing."""
    begun = time.process_time()
    for _ in range(n // BATCH):
        fire = Fire(trio.Event())
        ref.tell_nowait(fire)
        await fire.done.wait()
    emit("fire", n // BATCH * BATCH / (time.process_time() - begun), "/s")


async def _main(population: int, n: int) -> None:
    async with smith.open_supervisor() as supervisor:
        actors = min(population, MOST_ACTORS)
        refs = [await supervisor.start(Timed, name=f"actor-{number}") for number in range(actors)]
        for number in range(population):
            # By turns early and late, and never two at once: as they come from many actors.
            await refs[number % actors].tell(Pend(AHEAD + SPREAD * (number * 0.618 % 1)))
        guest = await supervisor.start(Timed, name="guest")
        await trio.testing.wait_all_tasks_blocked()
        gc.collect()
        # So many that those which were cancelled are cleared away a few times over, also among many.
        emit("set and cancel", n / await guest.ask(Waver(n)), "/s")
        await _fired(guest, n // 10)
        os._exit(0)


trio.run(_main, argument("population", 10), argument("n", 500_000))
