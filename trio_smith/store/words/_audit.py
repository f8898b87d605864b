"""Audit: chains of records, in which each carries a hash of all before it."""

from __future__ import annotations

import hashlib
import struct

import attrs

from ._data import LARGEST_BATCH, a_count, a_limit, a_name, from_data, to_data
from ._request import Query, Write

NO_HASH = bytes(32)
"""What the first record of a chain has before it."""


@attrs.frozen(kw_only=True)
class AuditRecord:
    """One record: its position in the chain, counted from 1, when it was written, and its hash."""

    position: int
    at: float
    data: bytes
    hash: bytes

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen
class Anchor:
    """The end of a chain as it was once: kept elsewhere, it shows whether the end was cut off."""

    position: int
    hash: bytes


@attrs.frozen
class Record(Write[int]):
    """Append *data* to *chain*; the answer is its position."""

    chain: str = attrs.field(validator=a_name)
    data: bytes = attrs.field(converter=to_data)


@attrs.frozen
class ReadAudit(Query[tuple[AuditRecord, ...]]):
    """Read at most *limit* records of *chain* after position *after*, in order."""

    chain: str = attrs.field(validator=a_name)
    after: int = attrs.field(default=0, kw_only=True, validator=a_count)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class AuditEnd(Query[Anchor]):
    """Ask for the end of *chain*, to be kept elsewhere; position 0 if it is empty."""

    chain: str = attrs.field(validator=a_name)


@attrs.frozen(kw_only=True)
class Broken:
    """Why a chain is not what was written: *position* is the first that is wrong."""

    position: int
    why: str


def hash_of(before: bytes, *, chain: str, position: int, at: float, data: bytes) -> bytes:
    """Return the hash of a record: SHA-256 over the hash before it and all of its fields.

    Every field has a length of its own or is told one, so no two records have the same bytes.
    """
    named = chain.encode()
    head = struct.pack(">32sQqd", before, len(named), position, at)
    return hashlib.sha256(head + named + data).digest()


def broken_at(records: tuple[AuditRecord, ...], *, chain: str, after: Anchor) -> Broken | None:
    """Return the first of *records* that does not follow from *after*; None if all do."""
    position, before = after.position, after.hash
    for record in records:
        position += 1
        if record.position != position:
            return Broken(position=position, why=f"record {record.position} is in its place")
        wanted = hash_of(before, chain=chain, position=position, at=record.at, data=record.data)
        if record.hash != wanted:
            return Broken(position=position, why="its hash does not follow from its content")
        before = record.hash
    return None
