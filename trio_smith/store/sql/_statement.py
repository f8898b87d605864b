"""What a program of statements says, and in which dialect: pure.

A program is a generator: it yields statements and is sent their results, so the same program is carried out
by SQLite in a thread and by PostgreSQL on Trio, and neither is known here. Raising in it undoes all of it.

The statements are written once. Parameters are ``:name``; ``:now`` is the time of the database, in epoch
seconds; ``/*postgres … */`` is a comment for SQLite and a part of the statement for PostgreSQL; if it ends
with ``--``, the rest of its line is for SQLite alone.

So it is with ``= ANY (ARRAY(SELECT …)) --``: for some hundreds of a SELECT PostgreSQL would read a whole
table, while those of an array, of which it does not know how many there are, it looks up one by one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

Parameters: TypeAlias = Mapping[str, Any]  # values that a column can hold
Row: TypeAlias = tuple[Any, ...]

NO_PARAMETERS: Final[Parameters] = {}


class Sql(NamedTuple):
    """One statement with its parameters."""

    text: str
    parameters: Parameters = NO_PARAMETERS
    limit: int | None = None
    """The most rows to fetch; None: all of them."""


class Many(NamedTuple):
    """One statement for each of several sets of parameters; the result holds the rows of all, in order."""

    text: str
    parameters: Sequence[Parameters]


class Result(NamedTuple):
    """What a statement brought: its rows, and how many it changed."""

    rows: list[Row]
    changed: int


R = TypeVar("R")
Program: TypeAlias = Generator[Sql | Many, Result, R]

# What must be left alone in a statement: texts, quoted names, comments, casts; and what is looked for.
_PIECES: Final = re.compile(
    r"""
      (?P<kept> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
        | --[^\n]* | :: | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
    | /\*postgres \s (?P<ours> .*? ) \*/
    | (?P<comment> /\*.*?\*/ )
    | :(?P<name> [A-Za-z_]\w* )
    | (?P<percent> % )
    """,
    re.VERBOSE | re.DOTALL,
)


@functools.lru_cache(maxsize=1024)
def for_postgres(text: str) -> str:
    """Return *text* with the parameters that psycopg knows and the parts that only PostgreSQL reads."""

    def piece(found: re.Match[str]) -> str:
        if (name := found["name"]) is not None:
            return "smith_now()" if name == "now" else f"%({name})s"
        if (ours := found["ours"]) is not None:
            return _PIECES.sub(piece, ours)
        # psycopg reads a percent sign everywhere, in texts and comments too.
        return found[0].replace("%", "%%")

    return _PIECES.sub(piece, text)
