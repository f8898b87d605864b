"""An actor on a plain Trio memory channel, with a one-slot reply channel for each ask."""

import trio

BOUND = 1_024
"""The room of the channel: that of our own mailbox."""

type_of_reply = trio.MemorySendChannel[int]


class Count:
    """A message; one object is sent over and over, for the making of messages is not measured."""

    __slots__ = ()


class ChannelActor:
    """Counts what it gets, and answers with the count to who asks. Its task runs in *nursery*."""

    __slots__ = ("_inlet", "_outlet", "count")

    def __init__(self, nursery: trio.Nursery) -> None:
        self.count = 0
        self._inlet, self._outlet = trio.open_memory_channel[tuple[Count, type_of_reply | None]](BOUND)
        nursery.start_soon(self._run)

    async def tell(self, message: Count) -> None:
        await self._inlet.send((message, None))

    async def ask(self, message: Count) -> int:
        reply, answer = trio.open_memory_channel[int](1)
        await self._inlet.send((message, reply))
        return await answer.receive()

    async def _run(self) -> None:
        async for message, reply in self._outlet:
            count = await self._handle(message)
            if reply is not None:
                reply.send_nowait(count)

    async def _handle(self, _: Count) -> int:
        self.count += 1
        return self.count
