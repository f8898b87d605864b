"""What a database must be able to do to be a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from ._wakes import Wakes
    from .words import Query, Write

R = TypeVar("R")


class Adapter(Protocol):
    """Port: commits writes and answers queries."""

    @property
    def wakes(self) -> Wakes:
        """Return where those are woken who wait for a write; a hint, which may come late or never."""
        ...

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Carry out all of *writes* in one transaction, durably, and return their answers in order.

        What raises undoes all of it. If *key* was committed before, with equal writes, nothing is done
        and the answers of that time are returned; with other writes `KeyReused` is raised.

        Cancellation: `trio.Cancelled` means that nothing was written; once the answer cannot be prevented any
        more, it is returned. `OutcomeUnknown` is raised if neither can be told in time.
        """
        ...

    async def query(self, asked: Query[R]) -> R:
        """Answer from what was committed before the call.

        Cancellation: at any time; nothing was changed.
        """
        ...
