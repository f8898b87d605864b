"""What is done in the thread of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
from psycopg.errors import InFailedSqlTransaction

from ..._errors import OutcomeUnknown
from .._run import run
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
    try:
        line.connection.execute("BEGIN", prepare=False)
        more()
        answer = query(line, program, more=more)
        line.begin_to_commit()
    except BaseException:
        _roll_back(line)
        raise
    _commit(line.connection)
    return answer


def query(line: Shared, program: Program[R], *, more: Callable[[], None]) -> R:
    """Carry out *program* as it is."""
    return at_once(run(program, PlainConnection(line), more=more))


def hear(line: Shared) -> list[str]:
    """Return what others tell, as soon as they do; nothing if they do not for some time."""
    heard = line.connection.notifies(timeout=SLICE, stop_after=1)
    return [notice.payload for notice in heard]


def _commit(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    if connection.closed:
        raise psycopg.OperationalError("the connection was lost before COMMIT; nothing was committed")
    try:
        cursor = connection.execute("COMMIT", prepare=False)
    except psycopg.OperationalError as error:
        if not connection.closed:
            raise
        raise OutcomeUnknown(why=f"the connection was lost ({error})") from error
    if cursor.statusmessage != "COMMIT":
        # So PostgreSQL answers in a transaction of which a statement has failed.
        raise InFailedSqlTransaction("a statement had failed; it was rolled back")


def _roll_back(line: Shared) -> None:
    """Roll back, or close; then the server does it."""
    line.begin_to_undo()
    if not line.connection.closed:
        try:
            line.connection.execute("ROLLBACK", prepare=False)
        except psycopg.Error:
            line.connection.close()
