"""Follow a bus from an async loop that may be slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

import trio

from ._bus import Bus, Subscription

E = TypeVar("E")


class EventStream(Generic[E]):
    """The events of a bus from the moment of opening, in order, to be iterated over.

    ``async with bus.stream() as events`` opens it; neither opening nor closing is a checkpoint. It holds up
    to *capacity* events that nobody has read yet; one more pushes out the oldest, counted in *dropped*: a
    slow reader loses events, and never holds up the emitter. Several Trio tasks may read one stream; each
    event goes to one of them. Closing it forgets what was not read.

    With *where* it holds only events for which that is true; with *replay* it begins with those that the bus
    has kept.
    """

    __slots__ = ("_bus", "_events", "_readers", "_replay", "_subscription", "_where", "dropped")

    def __init__(
        self,
        bus: Bus[E],
        *,
        capacity: int = 1024,
        where: Callable[[E], bool] | None = None,
        replay: bool = False,
    ) -> None:
        """Raise ValueError unless *capacity* is 1 or more."""
        if capacity < 1:
            raise ValueError(f"a stream needs room for 1 event or more, not {capacity!r}")
        self.dropped: int = 0
        """How many events were pushed out unread since the stream was made."""
        self._bus, self._where, self._replay = bus, where, replay
        self._events: deque[E] = deque(maxlen=capacity)
        self._readers = trio.lowlevel.ParkingLot()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        if self._subscription is not None:
            raise trio.BusyResourceError("this stream is open already: make another one with stream()")
        self._subscription = self._bus.subscribe(self._take, where=self._where, replay=self._replay)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._subscription is not None, "a stream that is left was entered"
        self._subscription.cancel()
        self._subscription = None
        self._events.clear()
        self._readers.unpark_all()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        """Return the oldest unread event, waiting for one if need be.

        Raises:
            trio.ClosedResourceError: The stream is not open, or was closed while this waited.

        Cancellation: atomic. An event is either returned or still in the stream.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        waited = False
        while self._subscription is not None and not self._events:
            await self._readers.park()
            waited = True
        if self._subscription is None:
            raise trio.ClosedResourceError("this stream is closed: read it inside its `async with` block")
        event = self._events.popleft()
        if not waited:
            # Shielded, for the event is ours now: a cancellation here would lose it.
            await trio.lowlevel.cancel_shielded_checkpoint()
        return event

    def _take(self, event: E) -> None:
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        self._readers.unpark()
