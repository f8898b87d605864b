"""Carry out a program of statements on a connection to SQLite, in the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..sql import Many, Program, Result, Row, Sql
from ._rows import insert_of, put_in

if TYPE_CHECKING:
    import sqlite3

R = TypeVar("R")


def run(program: Program[R], connection: sqlite3.Connection, *, now: float) -> R:
    """Return what *program* returns; raises what it raises, and what SQLite raises."""
    try:
        asked = next(program)
        while True:
            asked = program.send(_step(asked, connection, now))
    except StopIteration as end:
        answer: R = end.value
        return answer
    finally:
        program.close()


def _step(asked: Sql | Many, connection: sqlite3.Connection, now: float) -> Result:
    if isinstance(asked, Sql):
        before = connection.total_changes
        cursor = connection.execute(asked.text, {**asked.parameters, "now": now})
        try:
            rows = cursor.fetchall() if asked.limit is None else cursor.fetchmany(asked.limit)
        except BaseException:
            # Whoever keeps the error keeps the cursor, and with it what the connection sees of the file.
            cursor.close()
            raise
        changed = cursor.rowcount
        if changed < 0 and connection.total_changes != before:
            # Python counts only for statements that begin with INSERT and the like, not with WITH.
            ((changed,),) = connection.execute("SELECT changes()").fetchall()
        return Result(rows, max(changed, 0))
    if (insert := insert_of(asked.text)) is not None:
        return Result(put_in(insert, asked.parameters, connection, now=now), len(asked.parameters))
    all_rows: list[Row] = []
    changed = 0
    for parameters in asked.parameters:
        cursor = connection.execute(asked.text, {**parameters, "now": now})
        all_rows += cursor.fetchall()
        changed += max(cursor.rowcount, 0)
    return Result(all_rows, changed)
