"""A call inside a closed circuit breaker, and without: slices of both by turns in one process."""

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, now

SLICES = 40


async def _call() -> None:
    await trio.lowlevel.checkpoint()


async def _bare(n: int) -> float:
    """Return the seconds that *n* calls took."""
    begun = now()
    for _ in range(n):
        await _call()
    return now() - begun


async def _guarded(breaker: smith.CircuitBreaker, n: int) -> float:
    """Return the seconds that *n* calls took, each in a block of its own."""
    begun = now()
    for _ in range(n):
        async with breaker:
            await _call()
    return now() - begun


async def _main(n: int) -> None:
    bare = guarded = 0.0
    each = n // SLICES
    breaker = smith.CircuitBreaker()
    await _guarded(breaker, each)
    for _ in range(SLICES):
        bare += await _bare(each)
        guarded += await _guarded(breaker, each)
    emit("call", each * SLICES / bare, "/s")
    emit("call in a breaker", each * SLICES / guarded, "/s")


trio.run(_main, argument("n", 40_000))
