"""Snapshots: of each stream, the newest state that was saved."""

from __future__ import annotations

import attrs

from ._data import a_count, a_name, from_data, to_data
from ._request import Query, Write


@attrs.frozen(kw_only=True)
class Snapshot:
    """The state of a stream after its event number *version*, and when it was saved (epoch seconds)."""

    version: int
    at: float
    data: bytes

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen
class SaveSnapshot(Write[bool]):
    """Keep *data* as the state of *stream* at *version*; the answer is False if a newer one is kept."""

    stream: str = attrs.field(validator=a_name)
    data: bytes = attrs.field(converter=to_data)
    version: int = attrs.field(kw_only=True, validator=a_count)


@attrs.frozen
class LoadSnapshot(Query[Snapshot | None]):
    """Ask for the newest snapshot of *stream*; None if there is none."""

    stream: str = attrs.field(validator=a_name)
