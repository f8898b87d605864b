"""stop: a tree of nurseries, 10 x 10 x 100 bare tasks, cancelled at its root; until all tasks are gone."""

import trio
import trio.testing

from stress.bench.measure import argument, emit, now


async def _level(widths: tuple[int, ...]) -> None:
    width, *below = widths
    async with trio.open_nursery() as nursery:
        for _ in range(width):
            if below:
                nursery.start_soon(_level, tuple(below))
            else:
                nursery.start_soon(trio.sleep_forever)


async def _main(leaves: int) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_level, (10, 10, leaves))
        await trio.testing.wait_all_tasks_blocked()
        begun = now()
        nursery.cancel_scope.cancel()
    emit("stop", (now() - begun) * 1e3, "ms")


trio.run(_main, argument("leaves", 100))
