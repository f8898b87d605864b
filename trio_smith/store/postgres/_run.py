"""Carry out a program of statements on a connection to PostgreSQL."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, TypeVar

from .._errors import BadRequest, shown
from ..migrations import BadMigration
from ..migrations._script import Database, statements_of
from ..sql import Many, Program, Result, Row, Sql, for_postgres
from ._connections import has_rows
from ._select import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._connections import Connection, Cursor

R = TypeVar("R")

TRAIN: Final = 1_000
"""So many statements at once have the time of one: enough to be quick, and few enough to be done in it."""

LASTING: Final = re.compile(
    r"(set(?!\s+(local|constraints|transaction)\b)|reset|discard|listen|unlisten|prepare|deallocate|load)\b",
    re.IGNORECASE,
)
"""How those statements begin whose effect would stay with the connection, which others use afterwards."""

CHANGING: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


async def run(program: Program[R], connection: Connection, *, more: Callable[[], None]) -> R:
    """Return what *program* returns; raises what it raises, and what psycopg raises.

    *more* is called after each statement, for the next one to have its whole time.

    Cancellation: of the statement; whoever holds the transaction rolls it back.
    """
    try:
        asked = next(program)
        while True:
            result = await _step(asked, connection, more=more)
            more()
            asked = program.send(result)
    except StopIteration as end:
        answer: R = end.value
        return answer
    finally:
        program.close()


async def run_alone(program: Program[R], connection: Connection) -> R:
    """Return what *program* returns, which is one statement, and a transaction of its own.

    Raises OutcomeUnknown, and Cancellation: as COMMIT.
    """
    asked = next(program)
    assert isinstance(asked, Sql)
    cursor = await connection.execute_and_commit(_inside(asked.text), asked.parameters)
    result = await _result(cursor)
    try:
        program.send(result)
    except StopIteration as end:
        answer: R = end.value
        return answer
    raise AssertionError("it is more than one statement")


async def _step(asked: Sql | Many, connection: Connection, *, more: Callable[[], None]) -> Result:
    if isinstance(asked, Sql):
        text = _inside(asked.text)
        if asked.limit is not None:
            found = select(text, asked.parameters, limit=asked.limit, connection=connection, more=more)
            return Result(await found, 0)
        _check_lasting(asked.text)
        return await _result(await connection.execute(text, asked.parameters))
    if len(asked.parameters) == 1:
        return await _step(Sql(asked.text, asked.parameters[0]), connection, more=more)
    rows: list[Row] = []
    changed = 0
    for begin in range(0, len(asked.parameters), TRAIN):
        more()
        part = await _many(Many(asked.text, asked.parameters[begin : begin + TRAIN]), connection)
        rows += part.rows
        changed += part.changed
    return Result(rows, changed)


async def _result(cursor: Cursor) -> Result:
    rows: list[Row] = await cursor.fetchall() if has_rows(cursor) else []
    # The server counts also the rows that were only read, or copied into a table that it made.
    command = (cursor.statusmessage or "").partition(" ")[0]
    return Result(rows, max(cursor.rowcount, 0) if command in CHANGING else 0)


def _inside(text: str) -> bytes:
    """Return *text* as psycopg takes it; raises BadRequest unless it is one that stays in its transaction."""
    _alone(text)
    return _text(text)


@functools.lru_cache(maxsize=1024)
def _check_lasting(text: str) -> None:
    """Raise BadRequest if what *text* does would outlast its transaction; what a query does is undone."""
    if (found := LASTING.match(_alone(text))) is not None:
        why = f"what {found[1].upper()} does would stay with the connection, which others use after it"
        fix = "SET LOCAL is for the transaction; what all need goes into the URL, or to the role."
        raise BadRequest(what="cannot run this statement", why=why, fix=fix)


@functools.lru_cache(maxsize=1024)
def _alone(text: str) -> str:
    """Return the one statement in *text*, without what the server reads over before it; or raise BadRequest.

    Without parameters the server would run several, and COMMIT among them.
    """
    said = for_postgres(text)
    try:
        # The server's comments end with either sign of a line's end; what is looked at here is not sent.
        one, *others = statements_of(said.replace("\r", "\n") + "\n;", database=Database.POSTGRES, name="SQL")
    except BadMigration as error:
        raise BadRequest(what="cannot run this statement", why=error.why, fix="Pass one statement.") from None
    if others:
        why = f"there are {1 + len(others)}, and the second is {shown(others[0].text)}"
        raise BadRequest(what="cannot run this statement", why=why, fix="Commit several writes together.")
    return one.text


async def _many(asked: Many, connection: Connection) -> Result:
    """All sets of parameters are on their way before the first result is back."""
    all_rows: list[Row] = []
    changed = 0
    async with connection.cursor() as cursor:
        await cursor.executemany(_text(asked.text), asked.parameters, returning=True)
        while True:
            changed += max(cursor.rowcount, 0)
            if has_rows(cursor):
                all_rows += await cursor.fetchall()
            if not cursor.nextset():
                return Result(all_rows, changed)


@functools.lru_cache(maxsize=1024)
def _text(text: str) -> bytes:
    # As bytes: of a str, type checkers want to see it written out, lest it be put together of foreign words.
    return for_postgres(text).encode()
