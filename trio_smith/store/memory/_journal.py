"""The journal, snapshots, inboxes and audit chains in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import AlreadyAccepted, InboxGap, VersionConflict
from ..words import NO_HASH, OUTBOX_PREFIX, Anchor, AuditRecord, Event, Snapshot, hash_of

if TYPE_CHECKING:
    from .. import words
    from ._tables import Tables


def append(tables: Tables, write: words.Append, now: float) -> int:
    """Put events at the end of their stream."""
    version = tables.streams.get(write.stream, 0)
    if write.expected is not None and version != write.expected:
        raise VersionConflict(stream=write.stream, expected=write.expected, actual=version)
    for data in write.events:
        version += 1
        tables.events[write.stream, version] = Event(version=version, at=now, data=data)
    tables.streams[write.stream] = version
    return version


def truncate(tables: Tables, write: words.Truncate, _now: float) -> int:
    """Forget the events up to a version."""
    last = min(write.upto, tables.streams.get(write.stream, 0))
    gone = [(write.stream, n) for n in range(1, last + 1) if (write.stream, n) in tables.events]
    for place in gone:
        del tables.events[place]
    return len(gone)


def read_events(tables: Tables, query: words.ReadEvents, _now: float) -> tuple[Event, ...]:
    """Read events in order."""
    versions = range(query.after + 1, tables.streams.get(query.stream, 0) + 1)
    there = (tables.events[query.stream, n] for n in versions if (query.stream, n) in tables.events)
    return tuple(event for event, _ in zip(there, range(query.limit), strict=False))


def stream_version(tables: Tables, query: words.StreamVersion, _now: float) -> int:
    """Read the version of a stream."""
    return tables.streams.get(query.stream, 0)


def save_snapshot(tables: Tables, write: words.SaveSnapshot, now: float) -> bool:
    """Replace the snapshot, unless a newer one is there."""
    known = tables.snapshots.get(write.stream)
    if known is not None and known.version > write.version:
        return False
    tables.snapshots[write.stream] = Snapshot(version=write.version, at=now, data=write.data)
    return True


def load_snapshot(tables: Tables, query: words.LoadSnapshot, _now: float) -> Snapshot | None:
    """Read the snapshot."""
    return tables.snapshots.get(query.stream)


def record(tables: Tables, write: words.Record, now: float) -> int:
    """Append a record that carries the hash of all before it."""
    chain = tables.audit.get(write.chain, ())
    position, before = len(chain) + 1, chain[-1].hash if chain else NO_HASH
    hashed = hash_of(before, chain=write.chain, position=position, at=now, data=write.data)
    tables.audit[write.chain] = (
        *chain,
        AuditRecord(position=position, at=now, data=write.data, hash=hashed),
    )
    return position


def read_audit(tables: Tables, query: words.ReadAudit, _now: float) -> tuple[AuditRecord, ...]:
    """Read records in order."""
    return tables.audit.get(query.chain, ())[query.after : query.after + query.limit]


def audit_end(tables: Tables, query: words.AuditEnd, _now: float) -> Anchor:
    """Read the end of a chain."""
    chain = tables.audit.get(query.chain, ())
    return Anchor(len(chain), chain[-1].hash if chain else NO_HASH)


def accept(tables: Tables, write: words.Accept, _now: float) -> None:
    """Move the mark by one, or tell why not."""
    mark = tables.inbox.get((write.receiver, write.sender), 0)
    if write.sequence <= mark:
        raise AlreadyAccepted(
            receiver=write.receiver, sender=write.sender, sequence=write.sequence, mark=mark
        )
    if write.sequence > mark + 1:
        raise InboxGap(receiver=write.receiver, sender=write.sender, sequence=write.sequence, mark=mark)
    tables.inbox[write.receiver, write.sender] = write.sequence


def accepted_upto(tables: Tables, query: words.AcceptedUpto, _now: float) -> int:
    """Read the mark."""
    return tables.inbox.get((query.receiver, query.sender), 0)


def destinations(tables: Tables, query: words.Destinations, _now: float) -> tuple[str, ...]:
    """Read for whom messages wait."""
    streams = {stream for stream, _ in tables.events if stream.startswith(OUTBOX_PREFIX)}
    names = (stream.removeprefix(OUTBOX_PREFIX) for stream in streams)
    return tuple(sorted(name for name in names if name > query.after)[: query.limit])
