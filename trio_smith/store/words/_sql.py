"""The application's own tables, in the same transaction as everything else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from .._errors import BadRequest
from ._data import BEYOND_LARGEST, LARGEST_BATCH, a_limit, not_text
from ._request import Query, Write

SqlValue: TypeAlias = "str | int | float | bytes | None"
"""What a parameter can be and a column holds."""

# What would end or leave the transaction that the statement is a part of.
_NOT_INSIDE: Final = re.compile(
    r"(begin|start|commit|end|rollback|abort|savepoint|release|vacuum|attach|detach|pragma)\b", re.IGNORECASE
)
# What a database reads over before a statement: blanks, the mark of byte order, comments, empty statements.
_READ_OVER: Final = re.compile(r"(\s|\ufeff|;|--[^\n]*(\n|\Z)|/\*.*?(\*/|\Z))*", re.DOTALL)
_PARAMETER: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _inside(_owner: object, _attribute: attrs.Attribute[str], statement: object) -> None:
    why, fix = None, "Pass one statement."
    if not isinstance(statement, str):
        why = f"it is {type(statement).__name__}, not str"
    elif (why := not_text(statement)) is None:
        begun = statement[_end_of(_READ_OVER, statement) :]
        if not begun:
            why = "there is none"
        elif found := _NOT_INSIDE.match(begun):
            why = f"{found[1].upper()} would leave the transaction that it is a part of"
            fix = "Commit several writes together instead."
    if why is not None:
        raise BadRequest(what="cannot run this statement", why=why, fix=fix)


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return 0 if found is None else found.end()


def _parameters(values: Mapping[str, SqlValue] | None) -> tuple[tuple[str, SqlValue], ...]:
    given = (values or {}).items()
    for name, value in given:
        if (why := _not_a_parameter(name, value)) is not None:
            raise BadRequest(
                what=f"cannot use {name!r} as a parameter",
                why=why,
                fix="Name it in ASCII; pass None, bytes, text without NUL, a float, or 64 bits of an int.",
            )
    return tuple(sorted(given, key=_name))  # they have names, so their order says nothing


def _not_a_parameter(name: object, value: object) -> str | None:
    if not isinstance(name, str) or _PARAMETER.fullmatch(name) is None:
        return "it is no name that a statement can say"
    if name == "now":
        return "it is the time of the database in every statement"
    if isinstance(value, str):
        return not_text(value)
    if isinstance(value, float):
        return "it is not a number" if math.isnan(value) else None
    if isinstance(value, int):
        return None if -BEYOND_LARGEST <= value < BEYOND_LARGEST else "it has more than 64 bits"
    return None if value is None or isinstance(value, bytes) else f"it is {type(value).__name__}"


def _name(parameter: tuple[str, SqlValue]) -> str:
    return parameter[0]


@attrs.frozen
class Execute(Write[int]):
    """Run one SQL statement with named parameters (``:name``); the answer is how many rows it changed.

    Rows that were only read are not counted. It is one statement, and stays within the transaction of its
    commit. In PostgreSQL it may not begin with what would stay with the connection (SET but for SET LOCAL,
    LISTEN, PREPARE and the like); what functions and temporary tables leave there is up to you.
    """

    statement: str = attrs.field(validator=_inside)
    parameters: tuple[tuple[str, SqlValue], ...] = attrs.field(default=None, converter=_parameters)


@attrs.frozen
class Select(Query[tuple[tuple[SqlValue, ...], ...]]):
    """Run one SQL query with named parameters (``:name``); the answer is its rows, at most *limit*.

    It only reads: what would write raises `StoreReadOnly`.
    """

    statement: str = attrs.field(validator=_inside)
    parameters: tuple[tuple[str, SqlValue], ...] = attrs.field(default=None, converter=_parameters)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)
