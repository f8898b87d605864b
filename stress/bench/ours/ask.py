"""ask: 1 client and 64 clients of one actor, each waiting for its answer; and ``ask_many`` of 64."""

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, latencies, now

from ._counter import Count, Counter, Get

WARM_UP = 200
WIDTH = 64


async def _client(ref: smith.Ref[Count | Get], asks: int, samples: list[float]) -> None:
    message = Get()
    for _ in range(asks):
        begun = now()
        await ref.ask(message)
        samples.append(now() - begun)


async def _clients(count: int, n: int) -> None:
    samples: list[float] = []
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Counter, name="counter")
        await _client(ref, WARM_UP, [])
        begun = now()
        async with trio.open_nursery() as asking:
            for _ in range(count):
                asking.start_soon(_client, ref, n // count, samples)
        emit(f"ask {count}", len(samples) / (now() - begun), "/s")
        await supervisor.stop()
    latencies(f"ask {count}", samples)


async def _many(n: int) -> None:
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Counter, name="counter")
        messages = [Get() for _ in range(WIDTH)]
        await ref.ask_many(messages)
        begun = now()
        for _ in range(n // WIDTH):
            await ref.ask_many(messages)
        emit("ask_many", n // WIDTH * WIDTH / (now() - begun), "/s")
        await supervisor.stop()


def _main(n: int) -> None:
    for count in (1, 64):
        trio.run(_clients, count, n)
    trio.run(_many, n * 5)


_main(argument("n", 40_000))
