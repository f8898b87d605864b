"""ask of a cancellable handler, and of a plain one: slices of both by turns in one process."""

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, now

SLICES = 40


@smith.message
class Plain(smith.Request[int]):
    """Asks a handler that finishes whatever its asker does."""


@smith.message
class Cancellable(smith.Request[int]):
    """Asks a handler that is cancelled with its asker."""


class Desk(smith.Actor[Plain | Cancellable]):
    """Has a handler of either kind, which do the same."""

    def __init__(self) -> None:
        self.count = 0

    @smith.on(Plain)
    async def plain(self, _: Plain) -> int:
        """Answer with the count; what was begun is finished."""
        self.count += 1
        return self.count

    @smith.on(Cancellable, cancellable=True)
    async def cancellable(self, _: Cancellable) -> int:
        """Answer with the count, unless the asker is cancelled."""
        self.count += 1
        return self.count


async def _asks(ref: smith.Ref[Plain | Cancellable], message: Plain | Cancellable, n: int) -> float:
    """Return the seconds that *n* asks took."""
    begun = now()
    for _ in range(n):
        await ref.ask(message)
    return now() - begun


async def _main(n: int) -> None:
    plain = cancellable = 0.0
    each = n // SLICES
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Desk, name="desk")
        await _asks(ref, Plain(), each)
        for _ in range(SLICES):
            plain += await _asks(ref, Plain(), each)
            cancellable += await _asks(ref, Cancellable(), each)
        await supervisor.stop()
    emit("ask of a plain handler", each * SLICES / plain, "/s")
    emit("ask of a cancellable handler", each * SLICES / cancellable, "/s")


trio.run(_main, argument("n", 40_000))
