"""What is done in the thread of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from .._run import run, run_alone
from ._plain import PlainConnection, at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...sql import Program
    from ._shared import Shared

R = TypeVar("R")

SLICE: Final = 5.0
"""Seconds that one job listens, if nothing is told."""


def transact(line: Shared, program: Program[R], *, more: Callable[[], None]) -> R:
    """Carry out *program* in a transaction; see `Connections.transact`."""

    async def in_transaction() -> R:
        connection = PlainConnection(line)
        async with connection.transaction():
            more()
            return await run(program, connection, more=more)

    return at_once(in_transaction())


def transact_alone(line: Shared, program: Program[R]) -> R:
    """Carry out *program*, which is one statement and a transaction of its own."""
    return at_once(run_alone(program, PlainConnection(line)))


def query(line: Shared, program: Program[R], *, more: Callable[[], None]) -> R:
    """Carry out *program* as it is."""
    return at_once(run(program, PlainConnection(line), more=more))


def hear(line: Shared) -> list[str]:
    """Return what others tell, as soon as they do; nothing if they do not for some time."""
    heard = line.connection.notifies(timeout=SLICE, stop_after=1)
    return [notice.payload for notice in heard]
