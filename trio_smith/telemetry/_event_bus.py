"""The bus of one system: every telemetry event goes over it."""

from __future__ import annotations

from ._bus import Bus
from ._stream import EventStream


class EventBus(Bus[object]):
    """A bus for events of any class, which can be followed from a callback or from an async loop."""

    __slots__ = ()

    def stream(self, capacity: int = 1024) -> EventStream[object]:
        """Return a stream, not open yet, that will hold *capacity* unread events at most."""
        return EventStream(self, capacity=capacity)
