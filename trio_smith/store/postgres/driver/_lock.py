"""Let one operation of a connection go after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from types import TracebackType


class TurnLock:
    """`trio.Lock`, but who finds it free goes on at once, for what follows waits for the server anyway.

    That spares a pass of the loop, a quarter of the time of a short statement.
    """

    def __init__(self) -> None:
        self._lock = trio.Lock()

    async def acquire(self) -> None:
        """Wait for one's turn, in order. Cancellation: at any time; it is not acquired then."""
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._lock.acquire_nowait()  # what follows is the checkpoint
        except trio.WouldBlock:
            await self._lock.acquire()

    def release(self) -> None:
        """Let the next one go on; RuntimeError if another task has acquired it."""
        self._lock.release()

    def locked(self) -> bool:
        """Return whether somebody has it."""
        return self._lock.locked()

    async def __aenter__(self) -> None:
        """Acquire it."""
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it."""
        self.release()
