"""Journal and snapshots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..words import (
    LARGEST_BATCH,
    Append,
    Event,
    LoadSnapshot,
    ReadEvents,
    SaveSnapshot,
    Snapshot,
    StreamVersion,
    Truncate,
    stream_topic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._store import Committing


class Journal:
    """Streams of events, each numbered from 1 without a gap."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def append(
        self,
        stream: str,
        events: Iterable[object],
        *,
        expected: int | None = None,
        key: str | None = None,
    ) -> int:
        """Append *events*, bytes or JSON values, and return the version of the last one.

        With *expected*, only if the stream is at that version; else `VersionConflict`. More in
        `Store.commit`.
        """
        return await self._store.write(Append(stream, events, expected=expected), key=key)

    async def read(self, stream: str, *, after: int = 0, limit: int = LARGEST_BATCH) -> tuple[Event, ...]:
        """Return at most *limit* events that come after version *after*, in order."""
        return await self._store.ask(ReadEvents(stream, after=after, limit=limit))

    async def version(self, stream: str) -> int:
        """Return how many events were ever appended to *stream*."""
        return await self._store.ask(StreamVersion(stream))

    async def truncate(self, stream: str, upto: int, *, key: str | None = None) -> int:
        """Forget the events up to and with version *upto*; return how many there were."""
        return await self._store.write(Truncate(stream, upto), key=key)

    def follow(self, stream: str, *, after: int = 0) -> Following:
        """Return an endless iterator over the events after version *after*, which waits for new ones."""
        return Following(self._store, stream=stream, after=after)


class Following:
    """Iterates over the events of a stream and waits for more; ``version`` is that of the last one given.

    Cancellation: resumable; an event that was not given comes next.
    """

    def __init__(self, store: Committing, *, stream: str, after: int) -> None:
        self._store, self._stream, self.version = store, stream, after
        self._read: list[Event] = []  # in reverse

    def __aiter__(self) -> Following:
        return self

    async def __anext__(self) -> Event:
        if not self._read:
            found = await self._store.wakes.until(
                self._look, topic=stream_topic(self._stream), poll=self._store.poll, deadline=math.inf
            )
            self._read = list(reversed(found))
        event = self._read.pop()
        self.version = event.version
        return event

    async def _look(self) -> tuple[Event, ...]:
        return await self._store.ask(ReadEvents(self._stream, after=self.version, limit=1_000))


class Snapshots:
    """Of each stream, the newest state that was saved."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def save(self, stream: str, data: object, *, version: int, key: str | None = None) -> bool:
        """Keep *data* as the state of *stream* at *version*; return False if a newer one is kept."""
        return await self._store.write(SaveSnapshot(stream, data, version=version), key=key)

    async def load(self, stream: str) -> Snapshot | None:
        """Return the newest snapshot, or None."""
        return await self._store.ask(LoadSnapshot(stream))
