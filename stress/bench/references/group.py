"""one_for_all: one of 100 tasks fails, its nursery cancels the others, and a new nursery starts 100 again.

From the kick that makes the child fail to the first line of the last replacement.
"""

import trio
import trio.testing

from stress.bench.measure import argument, latencies, now


class Boom(Exception):
    """What the child fails with."""


class Group:
    """Tasks that note when the last of them came up; the first one fails when it is kicked."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.kick = trio.Event()
        self.complete_at = 0.0
        self._up = 0

    async def child(self, place: int) -> None:
        """Come up, and wait for the kick or for ever."""
        self._up += 1
        if self._up == self.size:
            self.complete_at = now()
        if place == 0:
            await self.kick.wait()
            raise Boom
        await trio.sleep_forever()


async def _main(size: int, rounds: int) -> None:
    samples: list[float] = []
    kicked_at = 0.0
    for number in range(rounds + 1):
        group = Group(size)
        try:
            async with trio.open_nursery() as nursery:
                for place in range(size):
                    nursery.start_soon(group.child, place)
                await trio.testing.wait_all_tasks_blocked()
                if number > 0:
                    samples.append(group.complete_at - kicked_at)
                kicked_at = now()
                group.kick.set()
        except* Boom:
            pass
    latencies("one_for_all", samples)


trio.run(_main, argument("size", 100), argument("rounds", 60))
