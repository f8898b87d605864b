"""How a database of PostgreSQL is used; it needs no psycopg to be said."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from ._errors import BadRequest, shown
from ._positive import a_positive

Driver: TypeAlias = Literal["trio", "threads"]

DRIVERS: Final[tuple[str, ...]] = get_args(Driver)


def _check_driver(_owner: object, _attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in DRIVERS:
        raise BadRequest(
            what="cannot open a store with these options",
            why=f"there is no driver {shown(str(value))}",
            fix=f"Pass one of {', '.join(map(repr, DRIVERS))}.",
        )


LEAST: Final = 2
"""Connections: one of them listens."""
SHORTEST_STATEMENT: Final = 0.001
LONGEST_STATEMENT: Final = 2_000_000.0
"""Seconds, some weeks: the server counts milliseconds in 32 bits, and takes none for no limit."""


def _enough(_owner: object, attribute: attrs.Attribute[Any], value: int) -> None:
    if not value >= LEAST:
        raise BadRequest(
            what="cannot open a store like this",
            why=f"{attribute.name} is {value!r}, and one of them listens",
            fix=f"Pass {LEAST} or more.",
        )


def _counted(_owner: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if not SHORTEST_STATEMENT <= value <= LONGEST_STATEMENT:
        raise BadRequest(
            what="cannot open a store like this",
            why=f"{attribute.name} is {value!r} s, which the server cannot count",
            fix=f"Pass {SHORTEST_STATEMENT:g} to {LONGEST_STATEMENT:.0f} s.",
        )


@attrs.frozen(kw_only=True)
class PostgresOptions:
    """How a database is used.

    *connections*: how many there are at most; one of them listens for what others have written.
    *acquire_timeout*: seconds that a commit or a query waits for one. *statement_timeout*: seconds after
    which the server gives a statement up.

    *driver*: ``"trio"`` drives psycopg with Trio, which needs names of psycopg's that are not public;
    ``"threads"`` has a thread for each connection that is in use, needs public names alone, and promises the
    same. It is for a psycopg that the other cannot be used with, and slower.
    """

    connections: int = attrs.field(default=10, validator=_enough)
    acquire_timeout: float = attrs.field(default=30.0, validator=a_positive)
    statement_timeout: float = attrs.field(default=30.0, validator=_counted)
    driver: Driver = attrs.field(default="trio", validator=_check_driver)
