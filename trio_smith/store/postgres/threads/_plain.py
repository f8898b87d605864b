"""Let what is written for Trio's connections use one in a thread, where nothing has to be awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    import psycopg

    from ._shared import Shared

R = TypeVar("R")


def at_once(coroutine: Coroutine[Any, Any, R]) -> R:
    """Return what *coroutine* returns, which awaits nothing but what is in this file."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        answer: R = end.value
        return answer
    finally:
        coroutine.close()
    raise AssertionError("it awaits something that is not there at once")


class PlainConnection:
    """The part of `TrioConnection` that programs are carried out with; each call ends before it returns.

    A job that was stopped does not begin another statement.
    """

    def __init__(self, line: Shared) -> None:
        self._line = line

    async def execute(self, query: bytes, parameters: Mapping[str, Any]) -> PlainCursor:
        """See psycopg."""
        return await self.cursor().execute(query, parameters)

    def cursor(self) -> PlainCursor:
        """See psycopg."""
        return PlainCursor(self._line, self._line.connection.cursor())


class PlainCursor:
    """The same of `TrioCursor`."""

    def __init__(self, line: Shared, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._line, self._cursor = line, cursor

    async def __aenter__(self) -> Self:
        """Do nothing."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._cursor.close()

    @property
    def description(self) -> Sequence[object] | None:
        """See psycopg."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """See psycopg."""
        return self._cursor.rowcount

    def nextset(self) -> bool | None:
        """See psycopg."""
        return self._cursor.nextset()

    async def execute(self, query: bytes, parameters: Mapping[str, Any]) -> Self:
        """See psycopg."""
        self._line.check()
        self._cursor.execute(query, parameters)
        return self

    async def executemany(
        self, query: bytes, all_parameters: Sequence[Mapping[str, Any]], *, returning: bool
    ) -> None:
        """See psycopg."""
        self._line.check()
        self._cursor.executemany(query, all_parameters, returning=returning)

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """See psycopg."""
        return self._cursor.fetchall()

    async def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """See psycopg."""
        return self._cursor.fetchmany(size)
