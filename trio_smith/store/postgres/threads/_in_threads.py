"""Carry out the programs of a store on psycopg's own connections, each in a thread."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
import trio

from .._connections import SET_LIMIT, milliseconds
from .._hints import CHANNEL, TELL
from .._patience import patience
from ._jobs import hear, query, transact, transact_alone
from ._line import Line
from ._lines import Lines

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from ..._postgres_options import PostgresOptions
    from ...sql import Program
    from ._shared import Connection

R = TypeVar("R")

CONNECTING: Final = "cannot connect to the store"


@asynccontextmanager
async def open_in_threads(
    dsn: str, *, options: PostgresOptions, grace: float, parameters: Mapping[str, Any]
) -> AsyncGenerator[InThreads]:
    """Open them round a block; *grace* as in `Line.run`. *dsn* holds nothing that is secret."""
    limit = milliseconds(options.statement_timeout)

    patient = options.statement_timeout + grace

    def connect() -> Connection:
        return psycopg.connect(dsn, autocommit=True, **parameters)

    # Who is cancelled while connecting leaves a thread behind. They must not become ever more.
    room = trio.Semaphore(options.connections)

    async def open_line() -> Line:
        line = Line(connect, grace=grace)
        try:
            await line.open(room)
            with patience(patient, what=CONNECTING):
                await line.run(lambda: line.connection.execute(SET_LIMIT, [limit]), asking=False)
        except BaseException:
            line.close()
            raise
        return line

    lines = Lines(open_line, dsn=repr(dsn), size=options.connections, timeout=options.acquire_timeout)
    try:
        yield InThreads(lines, limit=patient)
    finally:
        lines.close()


class InThreads:
    """`Connections` of *lines*; the server has *limit* seconds for each statement.

    It gives up by itself before. The limit is for a server of which nothing is heard any more.
    """

    def __init__(self, lines: Lines, *, limit: float) -> None:
        self._lines, self._limit = lines, limit

    async def transact(self, begin: Callable[[], Program[R]], *, what: str, alone: bool = False) -> R:
        """See `Connections.transact`."""
        async with self._lines.lend() as line:
            with patience(self._limit, what=what) as more:
                program = begin()
                if alone:
                    return await line.run(partial(transact_alone, line, program))
                return await line.run(partial(transact, line, program, more=_from_thread(more)))

    async def query(self, program: Program[R], *, what: str) -> R:
        """See `Connections.query`."""
        async with self._lines.lend() as line:
            with patience(self._limit, what=what) as more:
                return await line.run(partial(query, line, program, more=_from_thread(more)))

    async def tell(self, parameters: Mapping[str, Any], *, what: str) -> None:
        """See `Connections.tell`."""
        async with self._lines.lend() as line:
            with patience(self._limit, what=what):
                await line.run(lambda: line.connection.execute(TELL, parameters))

    async def listen(self, *, begun: Callable[[], None], heard: Callable[[str], None]) -> None:
        """See `Connections.listen`."""
        async with self._lines.lend() as line:
            await line.run(lambda: line.connection.execute(f"LISTEN {CHANNEL}"))
            begun()
            while True:
                for payload in await line.run(partial(hear, line), asking=False):
                    heard(payload)


def _from_thread(function: Callable[[], None]) -> Callable[[], None]:
    """Return what has *function* called in the Trio thread, soon."""
    token = trio.lowlevel.current_trio_token()

    def call() -> None:
        with suppress(trio.RunFinishedError):  # only an interrupt leaves before
            token.run_sync_soon(function, idempotent=True)

    return call
