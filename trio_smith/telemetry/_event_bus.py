"""The bus of one system: every telemetry event goes over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from ._bus import Bus, Subscription
from ._event_filter import EventFilter
from ._stream import EventStream

T = TypeVar("T")


class EventBus(Bus[object]):
    """A bus for events of any class, which can be followed from a callback or from an async loop.

    Both choose what they follow: *of* is a class or a tuple of classes, *path* ("desk/alice") the place where
    it happens or one above it, *where* any other condition; all that are given have to be met.
    """

    __slots__ = ()

    @overload
    def subscribe(
        self,
        callback: Callable[[object], None],
        *,
        of: None = None,
        path: str | tuple[str, ...] | None = None,
        where: Callable[[object], bool] | None = None,
        replay: bool = False,
    ) -> Subscription: ...
    @overload
    def subscribe(
        self,
        callback: Callable[[T], None],
        *,
        of: type[T] | tuple[type[T], ...],
        path: str | tuple[str, ...] | None = None,
        where: Callable[[T], bool] | None = None,
        replay: bool = False,
    ) -> Subscription: ...
    def subscribe(
        self,
        callback: Callable[[Any], None],
        *,
        of: Any = None,
        path: str | tuple[str, ...] | None = None,
        where: Callable[[Any], bool] | None = None,
        replay: bool = False,
    ) -> Subscription:
        """Call *callback* with each event chosen, from now on, in the order of what happens.

        It runs where the event happens and should be quick; one that needs time takes a stream instead.
        With *replay* it begins with those that ``keep`` has kept.
        """
        return super().subscribe(callback, where=_condition(of, path, where), replay=replay)

    @overload
    def stream(
        self,
        capacity: int = 1024,
        *,
        of: None = None,
        path: str | tuple[str, ...] | None = None,
        where: Callable[[object], bool] | None = None,
        replay: bool = False,
    ) -> EventStream[object]: ...
    @overload
    def stream(
        self,
        capacity: int = 1024,
        *,
        of: type[T] | tuple[type[T], ...],
        path: str | tuple[str, ...] | None = None,
        where: Callable[[T], bool] | None = None,
        replay: bool = False,
    ) -> EventStream[T]: ...
    def stream(
        self,
        capacity: int = 1024,
        *,
        of: Any = None,
        path: str | tuple[str, ...] | None = None,
        where: Callable[[Any], bool] | None = None,
        replay: bool = False,
    ) -> EventStream[Any]:
        """Return a stream of the events chosen, not open yet, that will hold *capacity* unread ones at most.

        With *replay* it begins, when it is opened, with those that ``keep`` has kept.
        """
        return EventStream(self, capacity=capacity, where=_condition(of, path, where), replay=replay)


def _condition(
    of: Any, path: str | tuple[str, ...] | None, where: Callable[[Any], bool] | None
) -> Callable[[Any], bool] | None:
    if of is None and path is None:
        return where
    return EventFilter[Any](of=of, path=path, where=where).admits
