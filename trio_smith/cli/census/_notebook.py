"""The notebook: counts that are on the disk before they are entered, so that a census can be resumed."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol

from ._record import Stamp, decode, encode

if TYPE_CHECKING:
    from ...store import Store
    from ._count import FileCount
    from ._source import Place


class Notebook(Protocol):
    """Where counts are noted."""

    async def note(self, count: FileCount, stamp: Stamp | None, /) -> None:
        """Keep *count*, durably; without a *stamp* there is nothing to keep, for it is counted anew.

        Cancellation: atomic.
        """
        ...


class NoNotebook:
    """Keeps nothing."""

    async def note(self, _count: FileCount, _stamp: Stamp | None, /) -> None:
        """Do nothing, and at once: with a checkpoint, one aggregator would fall behind many parsers."""


class StoredNotebook:
    """Keeps counts in *store*, in a stream of events for each place."""

    def __init__(self, store: Store, place: Place) -> None:
        self._store, self._place = store, place
        where = f"{os.fspath(place.root.absolute())}\0{place.only or ''}"
        self._stream = f"census:{hashlib.sha256(os.fsencode(where)).hexdigest()}"

    async def note(self, count: FileCount, stamp: Stamp | None) -> None:
        """Append an event; of several with one path the last one counts."""
        if stamp is not None:
            await self._store.journal.append(self._stream, [encode(count, stamp)])

    async def read(self) -> list[FileCount]:
        """Return the counts of files that are now as they were; whatever was changed or is gone is left out.

        Cancellation: at any time.
        """
        kept: dict[str, tuple[FileCount, Stamp]] = {}
        after = 0
        while events := await self._store.journal.read(self._stream, after=after):
            after = events[-1].version
            for event in events:
                if (known := decode(event.data)) is not None:
                    kept[known[0].path] = known
        return [count for count, stamp in kept.values() if self._place.stamp(count.path) == stamp]
