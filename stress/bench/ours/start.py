"""start: supervised children, each awaited until it is ready, with the garbage collector on.

``kind`` is actor or function.
"""

import trio

import trio_smith as smith
from stress.bench.measure import argument, choice, emit, now

from ._idle import Idle, parked


async def _main(kind: str, n: int) -> None:
    names = [f"child-{number}" for number in range(n)]
    async with smith.open_supervisor() as supervisor:
        begun = now()
        if kind == "actor":
            for name in names:
                await supervisor.start(Idle, name=name)
        else:
            for name in names:
                await supervisor.start(parked, name=name)
        # A plain function is ready before it has run: let the last ones park, as the reference does.
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        emit("start", n / (now() - begun), "/s")
        await supervisor.stop()


trio.run(_main, choice("kind", "actor"), argument("n", 10_000))
