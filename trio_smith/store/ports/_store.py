"""What the ports need of the store that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from .._wakes import Wakes
    from ..words import Query, Write

R = TypeVar("R")


class Committing(Protocol):
    """Commits one write, answers one query."""

    @property
    def poll(self) -> float:
        """Return the seconds after which those who wait look again."""
        ...

    @property
    def wakes(self) -> Wakes:
        """Return where those are woken who wait for a write."""
        ...

    async def write(self, write: Write[R], *, key: str | None = None) -> R:
        """Commit *write* and return its answer."""
        ...

    async def ask(self, query: Query[R]) -> R:
        """Answer *query*."""
        ...
