"""ask inside one enclosing deadline, and without: slices of both by turns in one process."""

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, now

from ._counter import Count, Counter, Get

SLICES = 40


async def _asks(ref: smith.Ref[Count | Get], n: int) -> float:
    """Return the seconds that *n* asks took."""
    message = Get()
    begun = now()
    for _ in range(n):
        await ref.ask(message)
    return now() - begun


async def _main(n: int) -> None:
    bare = deadlined = 0.0
    each = n // SLICES
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Counter, name="counter")
        await _asks(ref, each)
        for _ in range(SLICES):
            bare += await _asks(ref, each)
            with trio.fail_after(60):
                deadlined += await _asks(ref, each)
        await supervisor.stop()
    emit("ask", each * SLICES / bare, "/s")
    emit("ask within a deadline", each * SLICES / deadlined, "/s")


trio.run(_main, argument("n", 40_000))
