"""How a database of PostgreSQL is used; it needs no psycopg to be said."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from ._errors import BadRequest, shown

Driver: TypeAlias = Literal["trio", "threads"]

DRIVERS: Final[tuple[str, ...]] = get_args(Driver)


def _check_driver(_owner: object, _attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in DRIVERS:
        raise BadRequest(
            what="cannot open a store with these options",
            why=f"there is no driver {shown(str(value))}",
            fix=f"Pass one of {', '.join(map(repr, DRIVERS))}.",
        )


def _check(_owner: object, attribute: attrs.Attribute[Any], value: float) -> None:
    least = 2 if attribute.name == "connections" else 0.001
    if not value >= least:
        raise BadRequest(
            what="cannot open a store with these options",
            why=f"{attribute.name} is {value!r}, and must be at least {least}",
            fix="Pass such a number.",
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

    connections: int = attrs.field(default=10, validator=_check)
    acquire_timeout: float = attrs.field(default=30.0, validator=_check)
    statement_timeout: float = attrs.field(default=30.0, validator=_check)
    driver: Driver = attrs.field(default="trio", validator=_check_driver)
