"""Keys and values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..words import (
    KEY_VALUE_TOPIC,
    LARGEST_BATCH,
    Change,
    Changes,
    Delete,
    Entry,
    Expire,
    Expired,
    Get,
    Put,
    Revision,
    Scan,
)

if TYPE_CHECKING:
    from ._store import Committing


class Keys:
    """Entries with a revision, an end if they want one, and watchers."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def get(self, name: str) -> Entry | None:
        """Return what the key *name* holds, or None."""
        return await self._store.ask(Get(name))

    async def put(
        self,
        name: str,
        data: object,
        *,
        ttl: float | None = None,
        expected: int | None = None,
        key: str | None = None,
    ) -> int:
        """Let *name* hold *data*, for *ttl* seconds or for good; return its new revision.

        With *expected*, only if it has that revision (0: is not there); else `RevisionConflict`.
        *key* is the idempotency key, as everywhere.
        """
        return await self._store.write(Put(name, data, ttl=ttl, expected=expected), key=key)

    async def delete(self, name: str, *, expected: int | None = None, key: str | None = None) -> bool:
        """Let *name* be gone; return whether it was there."""
        return await self._store.write(Delete(name, expected=expected), key=key)

    async def scan(
        self, prefix: str = "", *, after: str = "", limit: int = LARGEST_BATCH
    ) -> tuple[Entry, ...]:
        """Return at most *limit* entries whose keys begin with *prefix* and come after *after*, by key."""
        return await self._store.ask(Scan(prefix, after=after, limit=limit))

    async def revision(self) -> int:
        """Return the revision of the last change of any key."""
        return await self._store.ask(Revision())

    def watch(self, prefix: str = "", *, after: int = 0) -> Watching:
        """Return an endless iterator over changes to keys that begin with *prefix*.

        It begins with the keys whose last change came after revision *after* (0: all that are there), and
        then waits. A key that changes faster than it is looked at is told of once, with its last value:
        nobody is held up by a slow watcher.
        """
        return Watching(self._store, prefix=prefix, after=after)


class Watching:
    """Iterates over changes and waits for more; ``revision`` is that of the last one given.

    Cancellation: resumable; a change that was not given comes next, or a newer one of its key.
    """

    def __init__(self, store: Committing, *, prefix: str, after: int) -> None:
        self._store, self._prefix, self.revision = store, prefix, after
        self._read: list[Change] = []  # in reverse

    def __aiter__(self) -> Watching:
        return self

    async def __anext__(self) -> Change:
        if not self._read:
            found = await self._store.wakes.until(
                self._look, topic=KEY_VALUE_TOPIC, poll=self._store.poll, deadline=math.inf
            )
            self._read = list(reversed(found))
        change = self._read.pop()
        self.revision = change.revision
        return change

    async def _look(self) -> tuple[Change, ...]:
        found = await self._store.ask(Changes(self._prefix, after=self.revision, limit=1_000))
        # What has run out leaves no trace by itself; who watches writes it down, and tells the others. (Did
        # the write itself wake whoever watches, it would wake this one, which would write again at once.)
        if not found and await self._store.ask(Expired()):
            if await self._store.write(Expire()) > 0:
                self._store.wakes.wake(KEY_VALUE_TOPIC)
            found = await self._store.ask(Changes(self._prefix, after=self.revision, limit=1_000))
        return found
