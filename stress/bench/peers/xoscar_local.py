"""xoscar: both actors in the main pool of one process."""

import asyncio
import socket

import xoscar

from stress.bench.measure import argument, emit, latencies, now


class Counter(xoscar.Actor):
    """Counts what it gets, and answers with the count."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def hit(self, _: int) -> int:
        """Answer with the count."""
        self.count += 1
        return self.count


class Client(xoscar.Actor):
    """The producer: xoscar's local path is between actors."""

    async def measure(
        self, counter: "xoscar.ActorRefType[Counter]", n: int
    ) -> tuple[float, list[float], float]:
        """Return tells in a second, what each ask took, and asks in a second in batches of 64."""
        begun = now()
        for number in range(n - 1):
            await counter.hit.tell(number)
        await counter.hit(0)
        tell = n / (now() - begun)
        samples: list[float] = []
        for number in range(n):
            begun = now()
            await counter.hit(number)
            samples.append(now() - begun)
        begun = now()
        for _ in range(n // 64):
            await asyncio.gather(*[counter.hit(number) for number in range(64)])
        return tell, samples, n // 64 * 64 / (now() - begun)


async def _main(n: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    pool = await xoscar.create_actor_pool(address, n_process=0)
    async with pool:
        counter = await xoscar.create_actor(Counter, uid="counter", address=pool.external_address)
        client = await xoscar.create_actor(Client, uid="client", address=pool.external_address)
        await client.measure(counter, 64)
        tell, samples, many = await client.measure(counter, n)
    emit("tell", tell, "/s")
    emit("ask 1", len(samples) / sum(samples), "/s")
    latencies("ask 1", samples)
    emit("ask 64", many, "/s")


asyncio.run(_main(argument("n", 3_000)))
