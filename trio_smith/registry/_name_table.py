"""Who has which name: a table without clocks, tasks or live objects."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

O = TypeVar("O", bound=Hashable)  # noqa: E741 - an owner


class NameTable(Generic[O]):
    """Each name has one owner; an owner may have several names. Every operation costs one look-up or two."""

    __slots__ = ("_by_owner", "_owners", "owners")

    def __init__(self) -> None:
        self._owners: dict[str, O] = {}
        self._by_owner: dict[O, dict[str, None]] = {}
        self.owners: Mapping[str, O] = MappingProxyType(self._owners)
        """The owner of each name, in the order in which they were claimed; a live view."""

    def claim(self, name: str, owner: O) -> O:
        """Give *name* to *owner* if nobody has it; return who has it now."""
        holder = self._owners.setdefault(name, owner)
        if holder == owner:
            self._by_owner.setdefault(owner, {})[name] = None
        return holder

    def release(self, name: str, owner: O) -> None:
        """Take *name* from *owner*, if it has it."""
        if self._owners.get(name) == owner:
            del self._owners[name]
            names = self._by_owner[owner]
            del names[name]
            if not names:
                del self._by_owner[owner]

    def forget(self, owner: O) -> None:
        """Take all its names from *owner*."""
        for name in self._by_owner.pop(owner, ()):
            del self._owners[name]

    def names(self, owner: O) -> tuple[str, ...]:
        """Return the names of *owner*, in the order in which it claimed them."""
        return tuple(self._by_owner.get(owner, ()))
