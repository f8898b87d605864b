"""What can go wrong between a program and PostgreSQL, besides what the server itself says.

The server's own errors are psycopg's, as they are; `OutcomeUnknown` is the store's.
"""

from __future__ import annotations

from typing import ClassVar

from ...errors import ErrorFamily, FailureError, MisuseError


class PsycopgMissing(MisuseError, ImportError):
    """psycopg is not installed, finds no libpq, or is none that we can use."""

    family: ClassVar[ErrorFamily] = ErrorFamily.PERSISTENCE
    fix = (
        "Run pip install 'trio-smith[postgres]' where libpq is installed, or add psycopg[binary], "
        "which brings its own."
    )

    def __init__(self, *, why: str, fix: str | None = None) -> None:
        super().__init__(what="cannot use PostgreSQL", why=why, fix=fix)


class BadUse(MisuseError):
    """A connection or a pool was used in a way that cannot work."""

    family: ClassVar[ErrorFamily] = ErrorFamily.PERSISTENCE
    fix = "Change the call as the text says."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        super().__init__(what=what, why=why, fix=fix)


class PoolClosed(MisuseError):
    """A pool was used after its block had ended."""

    family: ClassVar[ErrorFamily] = ErrorFamily.PERSISTENCE
    fix = "Use it inside of `async with open_pool(…)`."

    def __init__(self, *, dsn: str) -> None:
        self.dsn = dsn
        super().__init__(what=f"the pool of connections to {dsn} is closed", why="its block has ended")


class PoolTimeout(FailureError, TimeoutError):
    """All connections of a pool stayed in use for longer than one waits."""

    family: ClassVar[ErrorFamily] = ErrorFamily.RESOURCE
    fix = "Hold connections for a shorter time, or raise the pool's size or timeout."

    def __init__(self, *, dsn: str, size: int, seconds: float, waiting: int) -> None:
        self.dsn, self.size, self.seconds, self.waiting = dsn, size, seconds, waiting
        super().__init__(
            what=f"no connection to {dsn} became free within {seconds:g} s",
            why=f"all {size} are in use, and {waiting} others wait",
        )
