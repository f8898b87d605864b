"""The actor that is told and asked: it counts what it gets, and answers with the count to who asks."""

import trio_smith as smith


@smith.message
class Count:
    """Count one more."""


@smith.message
class Get(smith.Request[int]):
    """Count one more, and answer with the count."""


class Counter(smith.Actor[Count | Get]):
    """Does what the channel actor of the references does."""

    def __init__(self) -> None:
        self.count = 0

    @smith.on(Count)
    async def add(self, _: Count) -> None:
        self.count += 1

    @smith.on(Get)
    async def get(self, _: Get) -> int:
        self.count += 1
        return self.count
