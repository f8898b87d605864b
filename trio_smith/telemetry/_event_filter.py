"""Choose among events: by their class, by where they happen, by anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

E = TypeVar("E")


def _as_classes(of: Any) -> Any:
    return (of,) if isinstance(of, type) else of


def _as_names(path: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    if isinstance(path, str):
        return tuple(path.split("/")) if path else ()
    return path


@attrs.frozen(kw_only=True)
class EventFilter(Generic[E]):
    """Admits an event that meets all of its conditions; those that are None are met by every event.

    *of* is a class or a tuple of classes. *path* is where it happens, or above that: "desk" admits what
    happens to the desk and to all below it, "" what has any path at all; an event without a path does not
    meet it. *where* is asked last.
    """

    of: type[E] | tuple[type[E], ...] | None = attrs.field(default=None, converter=_as_classes)
    path: tuple[str, ...] | None = attrs.field(default=None, converter=_as_names)
    where: Callable[[E], bool] | None = None

    def admits(self, event: Any) -> bool:
        """Tell whether *event* meets all conditions."""
        if self.of is not None and not isinstance(event, self.of):
            return False
        if self.path is not None:
            there = getattr(event, "path", None)
            if not isinstance(there, tuple) or there[: len(self.path)] != self.path:
                return False
        return self.where is None or self.where(event)
