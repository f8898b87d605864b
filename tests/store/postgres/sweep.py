"""Cancel a scenario at each of its steps in turn, where the sockets are real and no run is like the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

MOST = 1_000
"""A scenario that has more steps than this does not end."""


class Striker(trio.abc.Instrument):
    """Cancels `scope` just before step *at* of its task and of those below, or when all of them wait.

    `trio_smith.testing.sweep` wants each run to be the same, in virtual time. A server is not: so this one
    counts afresh in each run, and the sweep is over when a run ends before it is struck.
    """

    def __init__(self, at: int) -> None:
        self.at, self.steps, self.struck = at, 0, False
        self.scope = trio.CancelScope()
        self._root = trio.lowlevel.current_task()
        self._token = trio.lowlevel.current_trio_token()
        self._rested = False

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count, and strike if it is time."""
        above: trio.lowlevel.Task | None = task
        while above is not None and above is not self._root:
            above = above.parent_nursery.parent_task if above.parent_nursery is not None else None
        if above is not None:
            self._rested = False
            if self._counted():
                self.scope.cancel()

    def before_io_wait(self, timeout: float) -> None:
        """Count the moment in which all wait: before its next step, what a task waits for has happened."""
        if timeout > 0 and not self._rested:
            self._rested = True
            if self._counted():
                # Trio has made up its mind to wait, and must be woken.
                self._token.run_sync_soon(self.scope.cancel)

    def _counted(self) -> bool:
        self.steps += 1
        self.struck = self.struck or self.steps == self.at
        return self.steps == self.at


async def sweep(scenario: Callable[[], Awaitable[object]], check: Callable[[], Awaitable[object]]) -> int:
    """Run *scenario* again and again, and cancel it each time one step later; return how often.

    After each run *check* is awaited, out of reach.
    """
    for at in range(1, MOST):
        striker = Striker(at)
        trio.lowlevel.add_instrument(striker)
        try:
            with trio.fail_after(30), striker.scope:
                await scenario()
        finally:
            trio.lowlevel.remove_instrument(striker)
        try:
            await check()
        except Exception as error:
            error.add_note(f"it was cancelled at step {at}")
            raise
        if not striker.struck:
            return at - 1
    raise AssertionError("it has no end")
