"""Whether an actor takes a message, looked at closely: only for a class that was not seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import NotARequest, NotUnderstood

if TYPE_CHECKING:
    from ._cell import Cell


def check_tell(cell: Cell, message: object) -> None:
    """Have messages of this class taken from now on.

    Raises:
        NotUnderstood: They do not belong to the protocol.
    """
    if not cell.understands(type(message)):
        known = dict.fromkeys(handler.message.__name__ for _, handler in cell.table.values())
        raise NotUnderstood(message=message, actor=cell.path_text, understood=tuple(known))


def check_ask(cell: Cell, message: object) -> None:
    """Have messages of this class be asked from now on.

    Raises:
        NotUnderstood: They do not belong to the protocol.
        NotARequest: They have no answer.
    """
    check_tell(cell, message)
    behaviour = cell.kind
    open_to_all = behaviour.__has_run__ and behaviour.__protocol__ is None  # its body answers what it likes
    if not open_to_all and not hasattr(type(message), "__ask__"):
        raise NotARequest(message=message, actor=cell.path_text)
    behaviour.__askable__.add(type(message))
