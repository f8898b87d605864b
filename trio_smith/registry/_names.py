"""Who has which name in a system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from ._close_names import close_names
from ._errors import NameNotFound, NameTaken

T = TypeVar("T")


class Names(Generic[T]):
    """Names, each with one owner; a question about one name takes the same time however many there are."""

    __slots__ = ("_owners",)

    def __init__(self) -> None:
        self._owners: dict[str, T] = {}

    def register(self, path: str, value: T) -> None:
        """Give the name *path* to *value*; nothing changes if it has it already.

        Raises:
            NameTaken: The name belongs to another value (another object, even if an equal one).
        """
        if self._owners.setdefault(path, value) is not value:
            raise NameTaken(path=path)

    def unregister(self, path: str, value: T) -> None:
        """Free the name *path* if *value* has it; otherwise do nothing.

        So one that ends late cannot take the name from its successor.
        """
        if path in self._owners and self._owners[path] is value:
            del self._owners[path]

    def find(self, path: str) -> T:
        """Return who is called *path*.

        Raises:
            NameNotFound: Nobody is; the error lists names that look like it.
        """
        try:
            return self._owners[path]
        except KeyError:
            raise NameNotFound(path=path, close=close_names(path, self._owners)) from None

    def get(self, path: str) -> T | None:
        """Return who is called *path*, or None."""
        return self._owners.get(path)

    def __contains__(self, path: object) -> bool:
        return path in self._owners

    def __len__(self) -> int:
        return len(self._owners)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in sorted order, as they were when the iteration began."""
        return iter(sorted(self._owners))
