"""An actor that is an asyncio task and a queue, with a future for each ask."""

import asyncio


class QueueActor:
    """Counts what it gets, and answers with the count to who asks."""

    def __init__(self) -> None:
        self.count = 0
        self._queue: asyncio.Queue[tuple[object, asyncio.Future[int] | None]] = asyncio.Queue()
        self.task = asyncio.create_task(self._run())

    def tell(self, message: object) -> None:
        self._queue.put_nowait((message, None))

    async def ask(self, message: object) -> int:
        reply: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((message, reply))
        return await reply

    async def _run(self) -> None:
        while True:
            message, reply = await self._queue.get()
            count = await self._handle(message)
            if reply is not None and not reply.done():
                reply.set_result(count)

    async def _handle(self, _: object) -> int:
        self.count += 1
        return self.count
