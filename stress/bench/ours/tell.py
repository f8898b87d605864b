"""tell_nowait and await tell: one producer, one actor; from the first message to the last one handled."""

import trio

import trio_smith as smith
from stress.bench.measure import BURST, argument, emit, now

from ._counter import Count, Counter, Get


async def _tell_nowait(n: int) -> None:
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Counter, name="counter")
        message = Count()
        begun = now()
        for number in range(1, n):
            ref.tell_nowait(message)
            if number % BURST == 0:
                await trio.lowlevel.checkpoint()
        handled = await ref.ask(Get())
        emit("tell_nowait", n / (now() - begun), "/s")
        assert handled == n
        await supervisor.stop()


async def _tell(n: int) -> None:
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Counter, name="counter")
        message = Count()
        begun = now()
        for _ in range(n - 1):
            await ref.tell(message)
        handled = await ref.ask(Get())
        emit("tell", n / (now() - begun), "/s")
        assert handled == n
        await supervisor.stop()


def _main(n: int) -> None:
    trio.run(_tell_nowait, n)
    trio.run(_tell, n)


_main(argument("n", 300_000))
