"""What can go wrong between a program and PostgreSQL, besides what the server itself says.

The server's own errors are psycopg's, as they are; `OutcomeUnknown` is the store's.
"""

from __future__ import annotations

from typing import ClassVar

from ...errors import ErrorFamily, MisuseError


class PsycopgMissing(MisuseError, ImportError):
    """psycopg is not installed, or finds no libpq."""

    family: ClassVar[ErrorFamily] = ErrorFamily.PERSISTENCE
    fix = (
        "Run pip install 'trio-smith[postgres]' where libpq is installed, or add psycopg[binary], "
        "which brings its own."
    )

    def __init__(self, *, why: str) -> None:
        super().__init__(what="cannot use PostgreSQL", why=why)


class BadUse(MisuseError):
    """A connection or a pool was used in a way that cannot work."""

    family: ClassVar[ErrorFamily] = ErrorFamily.PERSISTENCE
    fix = "Change the call as the text says."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        super().__init__(what=what, why=why, fix=fix)
