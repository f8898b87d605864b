"""restart: a task catches the exception and ``start_soon`` again, among *children* - 1 parked tasks.

From just before the ``raise`` to the first line of the replacement.
"""

import trio
import trio.testing

from stress.bench.measure import argument, emit, latencies, now


class Boom(Exception):
    """What the child fails with."""


class Restarts:
    """A child that fails *n* times, and what each restart took."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._failed_at: float | None = None
        self.samples: list[float] = []
        self.done = trio.Event()

    async def child(self) -> None:
        """Note that the child works again, then fail once more."""
        if self._failed_at is not None:
            self.samples.append(now() - self._failed_at)
        if len(self.samples) == self._n:
            self.done.set()
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()
        self._failed_at = now()
        raise Boom

    async def restarted(self, nursery: trio.Nursery) -> None:
        """Run the child, and start it again when it has failed."""
        try:
            await self.child()
        except Boom:
            nursery.start_soon(self.restarted, nursery)


async def _restarts(children: int, n: int) -> None:
    run = Restarts(n)
    async with trio.open_nursery() as nursery:
        for _ in range(children - 1):
            nursery.start_soon(trio.sleep_forever)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(run.restarted, nursery)
        await run.done.wait()
        nursery.cancel_scope.cancel()
    latencies(f"restart of 1 in {children}", run.samples)
    emit(f"restart of 1 in {children} rate", len(run.samples) / sum(run.samples), "/s")


def _main(n: int) -> None:
    for children in (1, 1_000):
        trio.run(_restarts, children, n)


_main(argument("n", 3_000))
