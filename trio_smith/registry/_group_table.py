"""Who belongs to which group, and whose turn it is: a table without clocks, tasks or live objects."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, Protocol, TypeVar

O = TypeVar("O", bound=Hashable)  # noqa: E741 - an owner


class Below(Protocol):
    """What is needed of a `random.Random`, whose module a pure file does not import."""

    def randrange(self, stop: int, /) -> int:
        """Return any whole number from 0 to *stop* - 1, all being equally likely."""
        ...


class _Group(Generic[O]):
    __slots__ = ("joined", "members", "turns")

    def __init__(self) -> None:
        self.joined: dict[O, None] = {}
        self.turns: OrderedDict[O, None] = OrderedDict()  # linked: whose turn is next is found at once
        self.members: tuple[O, ...] | None = ()  # as they joined; None when that has changed


class GroupTable(Generic[O]):
    """A member is in a group once; a group without members is not there.

    To join, to leave and to take turns cost a look-up or two, however large the group is. `members` and
    `any_one` build a tuple after each change.
    """

    __slots__ = ("_by_owner", "_groups")

    def __init__(self) -> None:
        self._groups: dict[str, _Group[O]] = {}
        self._by_owner: dict[O, dict[str, None]] = {}

    def join(self, group: str, owner: O) -> None:
        """Make *owner* the last member of *group*; one that is in it keeps its place."""
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group()
        if owner not in found.joined:
            found.joined[owner] = found.turns[owner] = None
            found.members = None
            self._by_owner.setdefault(owner, {})[group] = None

    def leave(self, group: str, owner: O) -> None:
        """Take *owner* out of *group*, if it is in it."""
        groups = self._by_owner.get(owner, {})
        if group in groups:
            del groups[group]
            if not groups:
                del self._by_owner[owner]
            self._remove(group, owner)

    def forget(self, owner: O) -> None:
        """Take *owner* out of all groups."""
        for group in self._by_owner.pop(owner, ()):
            self._remove(group, owner)

    def _remove(self, group: str, owner: O) -> None:
        found = self._groups[group]
        del found.joined[owner], found.turns[owner]
        found.members = None
        if not found.joined:
            del self._groups[group]

    def names(self) -> Iterable[str]:
        """Return the groups that have members; a live view."""
        return self._groups.keys()

    def groups(self, owner: O) -> tuple[str, ...]:
        """Return the groups of *owner*, in the order in which it joined them."""
        return tuple(self._by_owner.get(owner, ()))

    def members(self, group: str) -> tuple[O, ...]:
        """Return the members of *group* in the order in which they joined."""
        found = self._groups.get(group)
        if found is None:
            return ()
        if found.members is None:
            found.members = tuple(found.joined)
        return found.members

    def next_one(self, group: str) -> O | None:
        """Return the member of *group* that has waited longest for its turn; who joins is last."""
        found = self._groups.get(group)
        if found is None:
            return None
        owner = next(iter(found.turns))
        found.turns.move_to_end(owner)
        return owner

    def any_one(self, group: str, random: Below) -> O | None:
        """Return a member of *group* by chance, all being equally likely."""
        members = self.members(group)
        return members[random.randrange(len(members))] if members else None
