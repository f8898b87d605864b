"""The application's own tables, in the same transaction as everything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from .._errors import BadRequest
from ._data import LARGEST_BATCH, a_limit
from ._request import Query, Write

SqlValue: TypeAlias = "str | int | float | bytes | None"
"""What a parameter can be and a column holds."""

# What would end or leave the transaction that the statement is a part of.
_NOT_INSIDE: Final = re.compile(
    r"\s*(begin|start|commit|end|rollback|abort|savepoint|release|vacuum|attach|detach|pragma)\b",
    re.IGNORECASE,
)


def _inside(_owner: object, _attribute: attrs.Attribute[str], statement: str) -> None:
    if found := _NOT_INSIDE.match(re.sub(r"(?s)\A(\s|--[^\n]*(\n|\Z)|/\*.*?\*/)*", "", statement)):
        raise BadRequest(
            what="cannot run this statement",
            why=f"{found[1].upper()} would leave the transaction that it is a part of",
            fix="Commit several writes together instead.",
        )


def _parameters(values: Mapping[str, SqlValue] | None) -> tuple[tuple[str, SqlValue], ...]:
    return tuple((values or {}).items())


@attrs.frozen
class Execute(Write[int]):
    """Run one SQL statement with named parameters (``:name``); the answer is how many rows it changed."""

    statement: str = attrs.field(validator=_inside)
    parameters: tuple[tuple[str, SqlValue], ...] = attrs.field(default=None, converter=_parameters)


@attrs.frozen
class Select(Query[tuple[tuple[SqlValue, ...], ...]]):
    """Run one SQL query with named parameters (``:name``); the answer is its rows, at most *limit*."""

    statement: str = attrs.field(validator=_inside)
    parameters: tuple[tuple[str, SqlValue], ...] = attrs.field(default=None, converter=_parameters)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)
