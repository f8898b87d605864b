"""One commit on its way to the writer's thread and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import outcome
import trio

if TYPE_CHECKING:
    from ..words import Write


class Commit:
    """What is to be written, and what came of it; `done` is set in the Trio thread, after `result`."""

    __slots__ = ("done", "key", "result", "writes")

    def __init__(self, writes: tuple[Write[Any], ...], *, key: str | None) -> None:
        self.writes, self.key = writes, key
        self.result: outcome.Outcome[tuple[Any, ...]] | None = None
        self.done = trio.Event()
