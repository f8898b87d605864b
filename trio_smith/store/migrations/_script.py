"""Split a script into its statements: pure."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

import attrs

from ._errors import BadMigration
from ._split_postgres import end_of_comment, pieces_for_postgres

_BLANK: Final = re.compile(r"\s+|--[^\n]*")
_WORDS: Final = re.compile(r"(?P<first>[A-Za-z]+)(?:\s+(?P<second>[A-Za-z_]+))?")
_LEAVES: Final = frozenset(
    (
        *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"),
        *("VACUUM", "ATTACH", "DETACH"),
    )
)
"""What would end or leave the transaction that a script is run in."""
_PRAGMAS: Final = frozenset(["user_version", "application_id", "defer_foreign_keys"])
"""Those that do within a transaction what they say; most do nothing there, without a word."""


class Database(Enum):
    """A kind of database, as its folder of scripts is called."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@attrs.frozen
class Statement:
    """One statement of a script, and the line on which it begins."""

    text: str
    line: int


def statements_of(script: str, *, database: Database, name: str) -> tuple[Statement, ...]:
    """Return the statements of *script*; comments and texts may hold semicolons, bodies of triggers too.

    Raises:
        BadMigration: There are none, the last one has no end, or one would leave the transaction. It says
            *name* and the line.
    """
    split = _pieces_for_sqlite if database is Database.SQLITE else pieces_for_postgres
    found: list[Statement] = []
    at = 0
    for piece, whole in _and_the_rest(script, split(script)):
        start = at + _end_of_blank(piece, nested=database is Database.POSTGRES)
        line = script.count("\n", 0, start) + 1
        at += len(piece)
        if script[start:at] in ("", ";"):
            continue
        statement = Statement(script[start:at], line)
        if not whole:
            fix = "End each statement with a semicolon, and close texts and comments."
            raise BadMigration(what=f"{name}, line {line}", why="the statement has no end", fix=fix)
        _stays_inside(statement, name)
        found.append(statement)
    if not found:
        raise BadMigration(what=name, why="there is no statement in it", fix="Write one, or delete the file.")
    return tuple(found)


def _pieces_for_sqlite(script: str) -> Iterator[str]:
    start = 0
    for found in re.finditer(";", script):
        piece = script[start : found.end()]
        if sqlite3.complete_statement(piece):
            yield piece
            start = found.end()


def _and_the_rest(script: str, pieces: Iterable[str]) -> Iterator[tuple[str, bool]]:
    at = 0
    for piece in pieces:
        yield piece, True
        at += len(piece)
    yield script[at:], False


def _end_of_blank(piece: str, *, nested: bool) -> int:
    at = 0
    while at < len(piece):
        if (blank := _BLANK.match(piece, at)) is not None:
            at = blank.end()
        elif piece.startswith("/*", at):
            end = end_of_comment(piece, at, nested=nested)
            if end is None:
                return at
            at = end
        else:
            return at
    return at


def _stays_inside(statement: Statement, name: str) -> None:
    words = _WORDS.match(statement.text)
    if words is None:
        return
    first, second = words["first"].upper(), (words["second"] or "")
    where = f"{name}, line {statement.line}"
    if first in _LEAVES or (first, second.upper()) == ("PREPARE", "TRANSACTION"):
        fix = "Leave it out: each script is a transaction by itself."
        raise BadMigration(what=where, why=f"{first} would leave the transaction of the script", fix=fix)
    if first == "PRAGMA" and second.lower() not in _PRAGMAS:
        fix = "Set it where the database is opened."
        raise BadMigration(what=where, why="within a transaction this PRAGMA does nothing", fix=fix)
