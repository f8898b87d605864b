"""A store in memory: the reference that the others are compared with, and a store for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from .._wakes import Wakes
from ._commit import commit, query
from ._tables import Tables

if TYPE_CHECKING:
    from ..words import Query, Write

R = TypeVar("R")


class MemoryAdapter:
    """Keeps everything for as long as the object lives. *clock* tells epoch seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.wakes = Wakes()
        self._tables = Tables()
        self._clock = clock

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Carry out *writes*; see `Adapter.commit`."""
        await trio.lowlevel.checkpoint()
        answers = commit(self._tables, writes, key=key, now=self._clock())
        self.wakes.wake_for(writes)
        return answers

    async def query(self, asked: Query[R]) -> R:
        """Answer *asked*; see `Adapter.query`."""
        await trio.lowlevel.checkpoint()
        return query(self._tables, asked, now=self._clock())
