"""asyncio: an actor that is a task and a queue; ``loop=uvloop`` for the other loop."""

import asyncio
import importlib
from typing import Any

from stress.bench.measure import BURST, argument, choice, emit, latencies, now
from stress.bench.peers._queue_actor import QueueActor


async def _tell(n: int) -> None:
    actor, message = QueueActor(), object()
    await actor.ask(message)
    begun = now()
    for number in range(1, n):
        actor.tell(message)
        if number % BURST == 0:
            await asyncio.sleep(0)
    handled = await actor.ask(message)
    emit("tell", n / (now() - begun), "/s")
    assert handled == n + 1
    actor.task.cancel()


async def _client(actor: QueueActor, asks: int, samples: list[float]) -> None:
    message = object()
    for _ in range(asks):
        begun = now()
        await actor.ask(message)
        samples.append(now() - begun)


async def _ask(count: int, n: int) -> None:
    actor = QueueActor()
    samples: list[float] = []
    await _client(actor, 200, [])
    begun = now()
    await asyncio.gather(*[_client(actor, n // count, samples) for _ in range(count)])
    emit(f"ask {count}", len(samples) / (now() - begun), "/s")
    latencies(f"ask {count}", samples)
    actor.task.cancel()


def _main(n: int) -> None:
    loop: Any = importlib.import_module("uvloop") if choice("loop", "asyncio") == "uvloop" else asyncio
    loop.run(_tell(n))
    for count in (1, 64):
        loop.run(_ask(count, n // 10))


_main(argument("n", 200_000))
