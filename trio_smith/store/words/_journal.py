"""Journal: streams of events, each numbered from 1 without a gap."""

from __future__ import annotations

import attrs

from ._data import LARGEST_BATCH, a_count, a_limit, a_name, from_data, to_batch
from ._request import Query, Write


@attrs.frozen(kw_only=True)
class Event:
    """One event of a stream: its version, counted from 1, when it was written (epoch seconds), its bytes."""

    version: int
    at: float
    data: bytes

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen
class Append(Write[int]):
    """Append *events* to *stream*; the answer is the version of the last one.

    With *expected*, only if the stream is at that version (0: it has no events); otherwise
    `VersionConflict`, and nothing is written.
    """

    stream: str = attrs.field(validator=a_name)
    events: tuple[bytes, ...] = attrs.field(converter=to_batch)
    expected: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(a_count)
    )

    @property
    def wakes(self) -> str:
        """Return the topic on which those wait who follow the stream."""
        return stream_topic(self.stream)


@attrs.frozen
class Truncate(Write[int]):
    """Forget the events of *stream* up to and with version *upto*; the answer is how many there were.

    The numbers of the others stay, and so does the version of the stream.
    """

    stream: str = attrs.field(validator=a_name)
    upto: int = attrs.field(validator=a_count)


@attrs.frozen
class ReadEvents(Query[tuple[Event, ...]]):
    """Read at most *limit* events of *stream* that come after version *after*, in order."""

    stream: str = attrs.field(validator=a_name)
    after: int = attrs.field(default=0, kw_only=True, validator=a_count)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class StreamVersion(Query[int]):
    """Ask for the version of *stream*: how many events were ever appended."""

    stream: str = attrs.field(validator=a_name)


def stream_topic(stream: str) -> str:
    """Return the topic on which those wait who follow *stream*."""
    return f"stream:{stream}"
