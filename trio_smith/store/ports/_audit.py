"""Audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..words import (
    LARGEST_BATCH,
    NO_HASH,
    Anchor,
    AuditEnd,
    AuditRecord,
    Broken,
    ReadAudit,
    Record,
    broken_at,
)

if TYPE_CHECKING:
    from ._store import Committing


class Audit:
    """Chains of records that nobody changes, in which each carries a hash of all before it."""

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def record(self, chain: str, data: object, *, key: str | None = None) -> int:
        """Append *data*, bytes or a JSON value, to *chain*; return its position, from 1."""
        return await self._store.write(Record(chain, data), key=key)

    async def read(
        self, chain: str, *, after: int = 0, limit: int = LARGEST_BATCH
    ) -> tuple[AuditRecord, ...]:
        """Return at most *limit* records after position *after*, in order."""
        return await self._store.ask(ReadAudit(chain, after=after, limit=limit))

    async def end(self, chain: str) -> Anchor:
        """Return the end of *chain*; kept elsewhere, it shows later whether the end was cut off."""
        return await self._store.ask(AuditEnd(chain))

    async def verify(self, chain: str, *, anchor: Anchor | None = None) -> Anchor | Broken:
        """Read all of *chain* and return its end, or `Broken` with the first position that is wrong.

        With *anchor*, an end that was kept elsewhere, also whether that record is still there as it was.
        """
        end = await self.end(chain)  # before the records, to which others may add meanwhile
        at, wanted = Anchor(0, NO_HASH), anchor
        while records := await self.read(chain, after=at.position):
            if (broken := broken_at(records, chain=chain, after=at)) is not None:
                return broken
            if wanted is not None and at.position < wanted.position <= records[-1].position:
                if records[wanted.position - at.position - 1].hash != wanted.hash:
                    return Broken(position=wanted.position, why="the anchor has another hash")
                wanted = None
            at = Anchor(records[-1].position, records[-1].hash)
        if end.position > at.position:
            return Broken(position=at.position + 1, why=f"the records up to {end.position} are missing")
        if wanted is not None and wanted.position > at.position:
            return Broken(position=at.position + 1, why=f"the anchor knows {wanted.position} records")
        return at
