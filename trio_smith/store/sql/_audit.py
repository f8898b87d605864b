"""The statements of audit chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..words import NO_HASH, Anchor, AuditRecord, hash_of
from ._statement import Sql

if TYPE_CHECKING:
    from ..words import AuditEnd, ReadAudit, Record
    from ._statement import Program

BEGIN_CHAIN: Final = """
    INSERT INTO smith_audit_ends (chain, position, hash) VALUES (:chain, 0, :hash)
    ON CONFLICT (chain) DO NOTHING"""
# Locked until the commit: one record is written after the other.
END_NOW: Final = (
    "SELECT position, hash, :now FROM smith_audit_ends WHERE chain = :chain /*postgres FOR UPDATE */"
)
INSERT: Final = """
    INSERT INTO smith_audit (chain, position, at, data, hash) VALUES (:chain, :position, :at, :data, :hash)"""
ADVANCE: Final = "UPDATE smith_audit_ends SET position = :position, hash = :hash WHERE chain = :chain"
END: Final = "SELECT position, hash FROM smith_audit_ends WHERE chain = :chain"
READ: Final = """
    SELECT position, at, data, hash FROM smith_audit
    WHERE chain = :chain AND position > :after ORDER BY position LIMIT :limit"""


def record(write: Record) -> Program[int]:
    """Append a record that carries the hash of all before it."""
    chain = write.chain
    rows = (yield Sql(END_NOW, {"chain": chain})).rows
    if not rows:
        yield Sql(BEGIN_CHAIN, {"chain": chain, "hash": NO_HASH})
        rows = (yield Sql(END_NOW, {"chain": chain})).rows
    ((last, before, at),) = rows
    position = int(last) + 1
    hashed = hash_of(before, chain=chain, position=position, at=at, data=write.data)
    yield Sql(INSERT, {"chain": chain, "position": position, "at": at, "data": write.data, "hash": hashed})
    yield Sql(ADVANCE, {"chain": chain, "position": position, "hash": hashed})
    return position


def read(query: ReadAudit) -> Program[tuple[AuditRecord, ...]]:
    """Read records in order."""
    parameters = {"chain": query.chain, "after": query.after, "limit": query.limit}
    rows = (yield Sql(READ, parameters)).rows
    return tuple(
        AuditRecord(position=position, at=at, data=data, hash=hashed) for position, at, data, hashed in rows
    )


def end(query: AuditEnd) -> Program[Anchor]:
    """Read the end of a chain."""
    rows = (yield Sql(END, {"chain": query.chain})).rows
    return Anchor(*rows[0]) if rows else Anchor(0, NO_HASH)
