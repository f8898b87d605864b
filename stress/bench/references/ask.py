"""ask: 1 client and 64 clients of one channel actor, each waiting for its answer before it asks again."""

import trio

from stress.bench.measure import argument, emit, latencies, now

from ._channel_actor import ChannelActor, Count

WARM_UP = 200


async def _client(actor: ChannelActor, asks: int, samples: list[float]) -> None:
    message = Count()
    for _ in range(asks):
        begun = now()
        await actor.ask(message)
        samples.append(now() - begun)


async def _clients(count: int, n: int) -> None:
    samples: list[float] = []
    async with trio.open_nursery() as nursery:
        actor = ChannelActor(nursery)
        await _client(actor, WARM_UP, [])
        begun = now()
        async with trio.open_nursery() as asking:
            for _ in range(count):
                asking.start_soon(_client, actor, n // count, samples)
        emit(f"ask {count}", len(samples) / (now() - begun), "/s")
        nursery.cancel_scope.cancel()
    latencies(f"ask {count}", samples)


def _main(n: int) -> None:
    for count in (1, 64):
        trio.run(_clients, count, n)


_main(argument("n", 20_000))
