"""Where migrations are run: one small port, an adapter for each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeVar

from ..sql import Result, Sql
from ._program import Program, Raw
from ._script import Database

R = TypeVar("R")


class Access(Enum):
    """What a transaction is for."""

    READ = "read"
    """Look; nothing is made, not even the file."""
    WRITE = "write"
    """Change, alone: nobody else is in a transaction of this kind meanwhile."""
    SCRATCH = "scratch"
    """Change an empty place of the same kind, which is thrown away with all that was done there."""


class Place(Protocol):
    """A database that carries out programs."""

    @property
    def database(self) -> Database:
        """Which kind it is."""
        ...

    async def transact(self, program: Program[R], access: Access) -> R:
        """Carry out *program* in a transaction of its own, and return what it returns.

        What it raises undoes all of it. What the database refuses is raised within it, as ``Refused``, and
        what the program lets out of that is a ``StoreFailed``.

        Raises:
            StoreBusy: Somebody else was in for longer than this place waits.
            StoreFailed: The database could not do it; nothing was written.
            OutcomeUnknown: The database was lost during the commit.

        Cancellation: atomic. A statement that runs is interrupted, and nothing was written; what was
        committed already is returned.
        """
        ...


def drive(program: Program[R], execute: Callable[[Sql | Raw], Result]) -> R:
    """Carry out *program* by *execute*, whose errors are raised within it."""
    try:
        asked = next(program)
        while True:
            try:
                result = execute(asked)
            except Exception as error:  # noqa: BLE001 - the program decides, and raises it again
                asked = program.throw(error)
            else:
                asked = program.send(result)
    except StopIteration as end:
        returned: R = end.value
        return returned
    finally:
        program.close()
