"""Whose turn it is to use a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from types import TracebackType


class Turn:
    """A lock whose holder another task may relieve, for those who wait for it in order.

    An async iteration that was dropped is ended by another task than the one that began it. That could not
    release a `trio.Lock`, and whoever waited for it would wait for ever.
    """

    def __init__(self) -> None:
        self._free = trio.Semaphore(1, max_value=1)
        self._holder: trio.lowlevel.Task | None = None

    def locked(self) -> bool:
        """Whether somebody has it."""
        return not self._free.value

    @trio.lowlevel.enable_ki_protection
    async def acquire(self) -> None:
        """Wait for it.

        Cancellation: at any time; then it is not held.

        Raises:
            RuntimeError: This task has it already, and would wait for itself.
        """
        task = trio.lowlevel.current_task()
        if self._holder is task:
            raise RuntimeError("this task uses the connection already: end its copy or its iteration first")
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            # What follows waits for the server; a pass of the loop is a quarter of a short statement.
            self._free.acquire_nowait()
        except trio.WouldBlock:
            await self._free.acquire()
        self._holder = task

    @trio.lowlevel.enable_ki_protection
    def release(self) -> None:
        """Give it to the next."""
        self._holder = None
        self._free.release()

    @trio.lowlevel.enable_ki_protection
    async def __aenter__(self) -> None:
        await self.acquire()

    @trio.lowlevel.enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
