"""How a pool keeps its connections."""

from __future__ import annotations

from typing import Any

import attrs
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .._errors import BadUse


def _positive(_owner: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if not value > 0:
        raise BadUse(
            what="cannot open a pool with these options",
            why=f"{attribute.name} is {value!r}, and must be positive",
            fix="Pass such a number.",
        )


@attrs.frozen(kw_only=True)
class PoolOptions:
    """How a pool keeps its connections.

    *size*: how many there are at most. *min_size*: how many are kept open even if nobody asks. *timeout*:
    seconds that one waits for a free one; to open one has libpq's own ``connect_timeout``. *max_idle*:
    seconds after which one that nobody used is closed. *max_life*: seconds after which any is, give or take
    a tenth, so that they do not all go at once. *keep_every*: seconds between two looks at all this.
    """

    size: int = attrs.field(default=10, validator=_positive)
    min_size: int = 0
    timeout: float = attrs.field(default=30.0, validator=_positive)
    max_idle: float = attrs.field(default=600.0, validator=_positive)
    max_life: float = attrs.field(default=3_600.0, validator=_positive)
    keep_every: float = attrs.field(default=5.0, validator=_positive)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.min_size <= self.size:
            raise BadUse(
                what="cannot open a pool with these options",
                why=f"min_size is {self.min_size}, and size is {self.size}",
                fix="Keep min_size between 0 and size.",
            )


def masked(dsn: str) -> str:
    """Return *dsn* without what is secret in it.

    Raises:
        BadUse: It is no connection string; its text is not repeated, for a password may stand in it.
    """
    try:
        parameters = conninfo_to_dict(dsn)
    except ProgrammingError:
        raise BadUse(
            what="cannot read this connection string",
            why="libpq does not",
            fix="Write postgresql://user:password@host/database, with special characters as %XX.",
        ) from None
    secret = {word: "***" for word in parameters if "password" in word}
    return repr(make_conninfo("", **{**parameters, **secret}))
