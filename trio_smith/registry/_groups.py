"""Reach actors by what they have in common, one of them or all."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import Any, TypeVar, assert_never, overload

from trio.lowlevel import enable_ki_protection

from ..actor import Actor, Cell, MailboxFull, NotUnderstood, Ref
from ..ids import check_name
from ..telemetry import DeadLetterReason
from ._delivery import Delivery
from ._errors import GroupEmpty
from ._group_table import GroupTable
from ._owner import cell_of, open_cell, ref_to, tie

M = TypeVar("M")


class Pick(Enum):
    """How one member of a group is chosen."""

    ROUND_ROBIN = "round_robin"
    """The one whose turn was longest ago; who joins comes after all others."""
    RANDOM = "random"
    """Any one, by the chance of the system (``open_supervisor(random=…)``)."""


class Groups:
    """The groups of one system; ``system.groups`` and ``context.join``.

    A group is a name that any number of actors share; it is there while it has members. As a name does, a
    membership outlives restarts and is gone in the step in which the member's mailbox closes.
    Source: pg of OTP, but that a member is in a group once, however often it joins.
    """

    __slots__ = ("_random", "_table")

    def __init__(self, random: Random) -> None:
        self._random = random
        self._table: GroupTable[Cell] = GroupTable()

    @enable_ki_protection
    def join(self, group: str, ref: Ref[Any], /) -> None:
        """Make the actor of *ref* the last member of *group*; one that is a member keeps its place.

        Raises:
            InvalidName: *group* breaks one of the rules for the names of children.
            ActorStopped: The actor takes no more messages.
        """
        check_name(group)
        cell = open_cell(ref)
        self._table.join(group, cell)
        tie(cell, self)

    @enable_ki_protection
    def leave(self, group: str, ref: Ref[Any], /) -> None:
        """Take the actor of *ref* out of *group*; harmless if it is no member."""
        self._table.leave(group, cell_of(ref))

    @overload
    def members(self, group: str, /) -> tuple[Ref[Any], ...]: ...
    @overload
    def members(self, group: str, actor: type[Actor[M]], /) -> tuple[Ref[M], ...]: ...
    def members(self, group: str, actor: type[Actor[M]] | None = None, /) -> tuple[Ref[Any], ...]:
        """Return the members of *group* in the order in which they joined; none if there is no such group.

        Raises:
            NamedOtherwise: *actor* was given, and one of them is none of that class.
        """
        return tuple(ref_to(cell, group, actor) for cell in self._table.members(group))

    @overload
    def pick(self, group: str, /, *, by: Pick = Pick.ROUND_ROBIN) -> Ref[Any]: ...
    @overload
    def pick(self, group: str, actor: type[Actor[M]], /, *, by: Pick = Pick.ROUND_ROBIN) -> Ref[M]: ...
    @enable_ki_protection
    def pick(
        self, group: str, actor: type[Actor[M]] | None = None, /, *, by: Pick = Pick.ROUND_ROBIN
    ) -> Ref[Any]:
        """Return one member of *group*. In turn costs one look-up; by chance, a tuple after each change.

        Raises:
            GroupEmpty: There is none.
            NamedOtherwise: *actor* was given, and it is none of that class.
        """
        match by:
            case Pick.ROUND_ROBIN:
                cell = self._table.next_one(group)
            case Pick.RANDOM:
                cell = self._table.any_one(group, self._random)
            case _:
                assert_never(by)
        if cell is None:
            raise GroupEmpty(group=group)
        return ref_to(cell, group, actor)

    @enable_ki_protection
    def tell_all_nowait(self, group: str, message: object, /) -> Delivery:
        """Send *message* to all who are members of *group* now, in the order in which they joined.

        Never waits: where a mailbox has no room, the message is a dead letter with reason ``overflow``.
        Who needs another policy subscribes to a topic.

        Raises:
            NotUnderstood: It is no message of some member's protocol; nobody was sent anything.
        """
        members = self._table.members(group)
        for cell in members:
            if not cell.understands(type(message)):
                raise NotUnderstood(message=message, actor=cell.path_text)
        delivered = dropped = 0
        for cell in members:
            if cell.closed:
                continue  # one who hears of a dead letter may have stopped it
            try:
                Ref[Any](cell).tell_nowait(message)
                delivered += 1
            except MailboxFull:
                cell.dead_letter(message, DeadLetterReason.OVERFLOW, deliveries=0)
                dropped += 1
        return Delivery(delivered=delivered, dropped=dropped)

    def groups(self, ref: Ref[Any], /) -> tuple[str, ...]:
        """Return the groups of one actor, in the order in which it joined them."""
        return self._table.groups(cell_of(ref))

    def names(self) -> tuple[str, ...]:
        """Return the groups that have members now."""
        return tuple(self._table.names())

    # For the system ----------------------------------------------------------------------

    def forget(self, owner: Cell, /) -> None:
        """Take an actor whose mailbox closes out of all groups."""
        self._table.forget(owner)
