"""What the tables hold of an actor: its cell, from the moment of the entry until its mailbox closes."""

from __future__ import annotations

from typing import Any, TypeVar

from ..actor import Actor, Cell, Ref
from ..actor._host import Registry
from ._errors import NamedOtherwise

M = TypeVar("M")


def cell_of(ref: Ref[Any]) -> Cell:
    """Return what stays of the actor over its restarts."""
    return ref._cell  # noqa: SLF001 - a ref is a handle of it


def open_cell(ref: Ref[Any]) -> Cell:
    """Return the cell of an actor that may have entries.

    Raises:
        ActorStopped: It takes no more messages, so nobody should find it.
    """
    cell = cell_of(ref)
    if cell.closed:
        raise cell.stopped_error()
    return cell


def tie(cell: Cell, registry: Registry) -> None:
    """Have *registry* forget the actor when its mailbox closes."""
    cell.have_extras().registries[registry] = None


def ref_to(cell: Cell, name: str, actor: type[Actor[M]] | None) -> Ref[M]:
    """Return the ref of what was found as *name*.

    Raises:
        NamedOtherwise: *actor* is given, and it is none of that class.
    """
    if actor is not None and not issubclass(cell.kind, actor):
        raise NamedOtherwise(name=name, wanted=actor.__name__, found=cell.kind.__name__)
    return Ref(cell)
