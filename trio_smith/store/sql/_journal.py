"""The statements of the journal and of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._errors import VersionConflict
from ..words import Append, Event, LoadSnapshot, ReadEvents, SaveSnapshot, Snapshot, StreamVersion, Truncate
from ._statement import Many, Sql

if TYPE_CHECKING:
    from ._statement import Program

# It also locks the row of the stream, so that one appends after the other.
ADVANCE: Final = """
    INSERT INTO smith_streams (stream, version) VALUES (:stream, :count)
    ON CONFLICT (stream) DO UPDATE SET version = smith_streams.version + :count
    RETURNING version"""
INSERT_EVENT: Final = """
    INSERT INTO smith_events (stream, version, at, data) VALUES (:stream, :version, :now, :data)"""
TRUNCATE: Final = "DELETE FROM smith_events WHERE stream = :stream AND version <= :upto"
READ_EVENTS: Final = """
    SELECT version, at, data FROM smith_events
    WHERE stream = :stream AND version > :after ORDER BY version LIMIT :limit"""
STREAM_VERSION: Final = "SELECT version FROM smith_streams WHERE stream = :stream"

SAVE_SNAPSHOT: Final = """
    INSERT INTO smith_snapshots (stream, version, at, data) VALUES (:stream, :version, :now, :data)
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version, at = excluded.at, data = excluded.data
    WHERE smith_snapshots.version <= excluded.version"""
LOAD_SNAPSHOT: Final = "SELECT version, at, data FROM smith_snapshots WHERE stream = :stream"


def append(write: Append) -> Program[int]:
    """Advance the stream, and put the events at their versions."""
    stream, count = write.stream, len(write.events)
    ((version,),) = (yield Sql(ADVANCE, {"stream": stream, "count": count})).rows
    first = int(version) - count
    if write.expected is not None and first != write.expected:
        raise VersionConflict(stream=stream, expected=write.expected, actual=first)
    rows = [
        {"stream": stream, "version": number, "data": data}
        for number, data in enumerate(write.events, start=first + 1)
    ]
    yield Many(INSERT_EVENT, rows)
    return first + count


def truncate(write: Truncate) -> Program[int]:
    """Delete the events up to a version."""
    return (yield Sql(TRUNCATE, {"stream": write.stream, "upto": write.upto})).changed


def read_events(query: ReadEvents) -> Program[tuple[Event, ...]]:
    """Read events in order."""
    parameters = {"stream": query.stream, "after": query.after, "limit": query.limit}
    rows = (yield Sql(READ_EVENTS, parameters)).rows
    return tuple(Event(version=version, at=at, data=data) for version, at, data in rows)


def stream_version(query: StreamVersion) -> Program[int]:
    """Read the version of a stream."""
    rows = (yield Sql(STREAM_VERSION, {"stream": query.stream})).rows
    return int(rows[0][0]) if rows else 0


def save_snapshot(write: SaveSnapshot) -> Program[bool]:
    """Replace the snapshot, unless a newer one is there."""
    parameters = {"stream": write.stream, "version": write.version, "data": write.data}
    return (yield Sql(SAVE_SNAPSHOT, parameters)).changed == 1


def load_snapshot(query: LoadSnapshot) -> Program[Snapshot | None]:
    """Read the snapshot."""
    rows = (yield Sql(LOAD_SNAPSHOT, {"stream": query.stream})).rows
    if not rows:
        return None
    ((version, at, data),) = rows
    return Snapshot(version=version, at=at, data=data)
