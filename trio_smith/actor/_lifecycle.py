"""Look at what an actor is doing, and wait until it does something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from ._cell import Lifecycle

if TYPE_CHECKING:
    from ._cell import Cell


class LifecycleView:
    """Read-only; made by `Ref.lifecycle`."""

    __slots__ = ("_cell",)

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def __repr__(self) -> str:
        return f"<lifecycle of {self._cell.path_text}: {self.value.value}>"

    @property
    def value(self) -> Lifecycle:
        """What the actor is doing now."""
        return self._cell.state

    async def wait_value(self, *wanted: Lifecycle) -> Lifecycle:
        """Wait until the actor does one of *wanted*, and return which.

        A state that lasts no longer than until the next schedule point may be missed.
        Cancellation: a checkpoint; nothing happens to the actor.
        """
        await trio.lowlevel.checkpoint()
        while self._cell.state not in wanted:
            await self._change().wait()
        return self._cell.state

    async def wait_change(self) -> Lifecycle:
        """Wait until the actor does something else, and return what.

        After several changes before the next schedule point that may be what it did before.
        Cancellation: a checkpoint; nothing happens to the actor.
        """
        await self._change().wait()
        return self._cell.state

    def _change(self) -> trio.Event:
        extras = self._cell.have_extras()
        if extras.has_changed is None:
            extras.has_changed = trio.Event()
        return extras.has_changed
