"""Find an actor by a name that does not depend on its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

import trio
from trio.lowlevel import checkpoint, enable_ki_protection

from ..actor import Actor, Cell, Ref
from ..ids import check_name
from ._close_names import close_names
from ._errors import NameNotFound, NameTaken, SystemEnded
from ._name_table import NameTable
from ._owner import cell_of, open_cell, ref_to, tie

M = TypeVar("M")


class _Arrival:
    """The moment when somebody gets a name; who waited is told who, also if it has gone by then."""

    __slots__ = ("event", "owner", "waiting")

    def __init__(self) -> None:
        self.event = trio.Event()
        self.owner: Cell | None = None
        self.waiting = 0


class Names:
    """The names of one system, beside the paths of its tree; ``system.names`` and ``context.register``.

    A name has one owner, an actor; an actor may have several names. An entry belongs to the actor and not to
    one incarnation: as its ref does, it outlives restarts. It is gone in the very step in which the mailbox
    closes: by a stop for good, by its own end without a restart, by the end of its supervisor's incarnation.
    So whoever is found takes messages. While a stopping actor drains what waits, its name is free already.
    """

    __slots__ = ("_arrivals", "_ended", "_table")

    def __init__(self) -> None:
        self._table: NameTable[Cell] = NameTable()
        self._arrivals: dict[str, _Arrival] = {}
        self._ended = False

    def __len__(self) -> int:
        return len(self._table.owners)

    @enable_ki_protection
    def register(self, name: str, ref: Ref[Any], /) -> None:
        """Give *name* to the actor of *ref*, and tell those who wait for it. Harmless if it has it already.

        Raises:
            InvalidName: *name* breaks one of the rules for the names of children.
            NameTaken: Another actor has it.
            ActorStopped: The actor takes no more messages.
        """
        check_name(name)
        cell = open_cell(ref)
        holder = self._table.claim(name, cell)
        if holder is not cell:
            raise NameTaken(name=name, holder=holder.path_text)
        tie(cell, self)
        arrival = self._arrivals.pop(name, None)
        if arrival is not None:
            arrival.owner = cell
            arrival.event.set()

    @enable_ki_protection
    def unregister(self, name: str, ref: Ref[Any], /) -> None:
        """Take *name* from the actor of *ref*; harmless if it does not have it, or another one does."""
        self._table.release(name, cell_of(ref))

    @overload
    def find(self, name: str, /) -> Ref[Any]: ...
    @overload
    def find(self, name: str, actor: type[Actor[M]], /) -> Ref[M]: ...
    def find(self, name: str, actor: type[Actor[M]] | None = None, /) -> Ref[Any]:
        """Return the actor that has *name* now, for example ``names.find("prices", Prices)``. One look-up.

        Raises:
            NameNotFound: Nobody has it.
            NamedOtherwise: *actor* was given, and it is none of that class.
        """
        cell = self._table.owners.get(name)
        if cell is None:
            raise NameNotFound(name=name, near=close_names(name, self._table.owners))
        return ref_to(cell, name, actor)

    @overload
    async def wait_for(self, name: str, /) -> Ref[Any]: ...
    @overload
    async def wait_for(self, name: str, actor: type[Actor[M]], /) -> Ref[M]: ...
    @enable_ki_protection
    async def wait_for(self, name: str, actor: type[Actor[M]] | None = None, /) -> Ref[Any]:
        """Return the actor that has *name*, waiting until there is one.

        One that comes and goes before the waiting task runs again is not missed: its ref is returned, and
        using it raises `ActorStopped`, as it may after any wait.

        Raises:
            SystemEnded: The outermost supervisor has ended, so nobody will come.
            NamedOtherwise: *actor* was given, and it is none of that class.
            InvalidName: Nobody can have such a name.

        Cancellation: a checkpoint; nothing happens to the name.
        """
        check_name(name)
        cell = self._table.owners.get(name)
        if cell is None:
            cell = await self._arrival(name)
        else:
            await checkpoint()
        return ref_to(cell, name, actor)

    async def _arrival(self, name: str) -> Cell:
        if self._ended:
            await checkpoint()
            raise SystemEnded(wanted=f"the name {name!r}")
        arrival = self._arrivals.get(name)
        if arrival is None:
            arrival = self._arrivals[name] = _Arrival()
        arrival.waiting += 1
        try:
            await arrival.event.wait()
        finally:
            arrival.waiting -= 1
            if not arrival.waiting and self._arrivals.get(name) is arrival:
                del self._arrivals[name]
        if arrival.owner is None:
            raise SystemEnded(wanted=f"the name {name!r}")
        return arrival.owner

    def names(self, ref: Ref[Any], /) -> tuple[str, ...]:
        """Return the names of one actor, in the order in which it got them."""
        return self._table.names(cell_of(ref))

    def snapshot(self) -> Mapping[str, Ref[Any]]:
        """Return who has which name, as of now, in the order in which they were given."""
        return {name: Ref(cell) for name, cell in self._table.owners.items()}

    def waiting(self) -> Mapping[str, int]:
        """Return for which names somebody waits, and how many do."""
        return {name: arrival.waiting for name, arrival in self._arrivals.items()}

    # For the system ----------------------------------------------------------------------

    def forget(self, owner: Cell, /) -> None:
        """Take all its names from an actor whose mailbox closes."""
        self._table.forget(owner)

    @enable_ki_protection
    def end(self) -> None:
        """Tell those who wait that nobody will come: all actors of the system have ended."""
        self._ended = True
        arrivals, self._arrivals = self._arrivals, {}
        for arrival in arrivals.values():
            arrival.event.set()
