"""start: bare ``nursery.start_soon`` until every task is parked, with the garbage collector on."""

import trio

from stress.bench.measure import argument, emit, now


async def _main(n: int) -> None:
    async with trio.open_nursery() as nursery:
        begun = now()
        for _ in range(n):
            nursery.start_soon(trio.sleep_forever)
        # One pass runs all new tasks up to where they park; two more for what the first may have put off.
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        emit("start", n / (now() - begun), "/s")
        nursery.cancel_scope.cancel()


trio.run(_main, argument("n", 10_000))
