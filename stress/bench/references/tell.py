"""tell: one producer, one channel actor; from the first message sent until the last one has been handled."""

import trio

from stress.bench.measure import argument, emit, now

from ._channel_actor import ChannelActor, Count


async def _main(n: int) -> None:
    message = Count()
    async with trio.open_nursery() as nursery:
        actor = ChannelActor(nursery)
        await actor.ask(message)
        begun = now()
        for _ in range(n - 1):
            await actor.tell(message)
        handled = await actor.ask(message)
        emit("tell", n / (now() - begun), "/s")
        assert handled == n + 1
        nursery.cancel_scope.cancel()


trio.run(_main, argument("n", 60_000))
