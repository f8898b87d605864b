"""Outbox and inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..words import LARGEST_BATCH, Accept, AcceptedUpto, Destinations, Event, confirm, pending, post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._store import Committing


class Outbox:
    """Messages that leave in the transaction of the change that they belong to."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def post(self, destination: str, messages: Iterable[object], *, key: str | None = None) -> int:
        """Put *messages* into the outbox; return the sequence of the last one, counted from 1."""
        return await self._store.write(post(destination, messages), key=key)

    async def pending(self, destination: str, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """Return at most *limit* messages that wait to be confirmed; `Event.version` is the sequence."""
        return await self._store.ask(pending(destination, after=after, limit=limit))

    async def confirm(self, destination: str, upto: int, *, key: str | None = None) -> int:
        """Forget the messages up to and with sequence *upto*; return how many there were."""
        return await self._store.write(confirm(destination, upto), key=key)

    async def destinations(self, *, after: str = "", limit: int = LARGEST_BATCH) -> tuple[str, ...]:
        """Return for whom messages wait, by name."""
        return await self._store.ask(Destinations(after=after, limit=limit))


class Inbox:
    """Messages that are accepted once, in the transaction of their effect."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def accept(self, receiver: str, sender: str, *, sequence: int, key: str | None = None) -> None:
        """Note that *receiver* has message *sequence* of *sender*.

        Put `Accept` into the commit of the effect instead: then both happen, or none. Raises
        `AlreadyAccepted` and `InboxGap`.
        """
        await self._store.write(Accept(receiver, sender, sequence), key=key)

    async def accepted_upto(self, receiver: str, sender: str) -> int:
        """Return the last sequence that *receiver* has accepted of *sender*; 0 if none."""
        return await self._store.ask(AcceptedUpto(receiver, sender))
