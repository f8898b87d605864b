"""The moment when something is down for good, to be waited for."""

from __future__ import annotations

import trio

from ...exits import RETURNED, ExitReason


class Down:
    """The moment when a child is down for good; who waited is told why, also if it is up again by then."""

    __slots__ = ("_event", "_reason")

    def __init__(self) -> None:
        self._event = trio.Event()
        self._reason: ExitReason = RETURNED

    def happen(self, reason: ExitReason) -> None:
        """Wake those who wait."""
        self._reason = reason
        self._event.set()

    async def wait(self) -> ExitReason:
        """Wait for the moment."""
        await self._event.wait()
        return self._reason
