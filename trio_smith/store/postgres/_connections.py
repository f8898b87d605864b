"""What a store needs of the connections to PostgreSQL, whatever drives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar

from psycopg import pq

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg

    from ..sql import Program
    from .driver import TrioConnection
    from .threads._plain import PlainConnection, PlainCursor

    Connection: TypeAlias = TrioConnection[Any] | PlainConnection
    Cursor: TypeAlias = psycopg.AsyncCursor[Any] | PlainCursor

R = TypeVar("R")

SET_LIMIT: Final = "SELECT set_config('statement_timeout', %s, false)"
"""What each new connection is told; its parameter comes from `milliseconds`."""


def milliseconds(seconds: float) -> str:
    """Return *seconds* as PostgreSQL reads them."""
    return f"{round(seconds * 1000)}ms"


def has_rows(cursor: Cursor) -> bool:
    """Whether what was executed gives rows, if only none; `description` would describe each column first."""
    return cursor.pgresult is not None and cursor.pgresult.status == pq.ExecStatus.TUPLES_OK


class Connections(Protocol):
    """Port: carries out programs on connections to one database.

    Errors of psycopg and of the program come out as they are. All raise PoolTimeout if no connection became
    free in time, and StoreUnavailable, saying *what*, if the server does not answer.
    """

    async def transact(self, begin: Callable[[], Program[R]], *, what: str, alone: bool = False) -> R:
        """Carry out the program that *begin* makes, in a transaction.

        *begin* is called in the Trio thread, as soon as there is a connection for it, and at most once.

        A program that is one statement, *alone*, goes without BEGIN and COMMIT, which are two round trips: it
        is a transaction by itself. But from its beginning it is as if COMMIT were sent.

        Raises OutcomeUnknown: COMMIT was sent, and no answer came.

        Cancellation: `trio.Cancelled` means that nothing was written; once the answer cannot be prevented any
        more, it is returned. `OutcomeUnknown` is raised if neither can be told in time.
        """
        ...

    async def query(self, program: Program[R], *, what: str) -> R:
        """Carry out *program*, which only reads.

        Cancellation: at any time; nothing was changed.
        """
        ...

    async def tell(self, parameters: Mapping[str, Any], *, what: str) -> None:
        """Tell others what `Hints.take` gave. Cancellation: at any time; it may be told or not."""
        ...

    async def listen(self, *, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
        """Call *begun* when others are heard, and *heard* with what each tells, until cancelled.

        Both are called in the Trio thread. The loss of the connection comes out as psycopg's error.
        """
        ...
