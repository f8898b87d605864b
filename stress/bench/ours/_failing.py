"""Children that fail over and over, and note what each restart took."""

import trio

import trio_smith as smith
from stress.bench.measure import now

OFTEN = 1_000_000
"""An intensity that no bench reaches."""


class Boom(Exception):
    """What the child fails with."""


class Restarts:
    """What *n* restarts of one child took: from just before the ``raise`` to the first line after it."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._failed_at: float | None = None
        self.samples: list[float] = []
        self.done = trio.Event()

    def back(self) -> bool:
        """Note that the child works again, and return whether it is to fail once more."""
        if self._failed_at is not None:
            self.samples.append(now() - self._failed_at)
        if len(self.samples) == self._n:
            self.done.set()
        return len(self.samples) < self._n

    def fail(self) -> None:
        """Fail now."""
        self._failed_at = now()
        raise Boom

    async def function(self) -> None:
        """Be a plain function that fails: its first line is what works again."""
        if not self.back():
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()
        self.fail()


@smith.message
class Crash:
    """Tell yourself the same again, then fail."""


class Failing(smith.Actor[Crash]):
    """An actor that fails at each message: what works again is its handler, at the message that waited."""

    def __init__(self, restarts: Restarts) -> None:
        self._restarts = restarts

    @smith.on(Crash)
    async def crash(self, message: Crash) -> None:
        if self._restarts.back():
            await trio.lowlevel.checkpoint()
            self.context.ref.tell_nowait(message)
            self._restarts.fail()
