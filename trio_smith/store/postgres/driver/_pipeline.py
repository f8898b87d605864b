"""Many statements on their way at once."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import psycopg
import trio

if TYPE_CHECKING:
    from types import TracebackType

    from ._driven import Driven


class TrioPipeline(psycopg.AsyncPipeline):
    """psycopg's pipeline.

    Cancellation: what of it was done cannot be told, so the connection is closed.
    """

    _conn: Driven[Any]

    def __init__(self, connection: Driven[Any], *, locked: bool = False) -> None:
        super().__init__(connection)
        # *locked*: whoever makes it holds the lock already.
        self._lock: Any = nullcontext() if locked else connection.lock

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is on its way."""
        if isinstance(error, (trio.Cancelled, KeyboardInterrupt)):
            await self._conn.give_up()
        try:
            if not self._conn.closed:
                async with self._lock:
                    await self._conn.wait(self._exit_gen())
            elif error is None:
                raise psycopg.OperationalError("the connection was lost in the pipeline")
        except (trio.Cancelled, KeyboardInterrupt):
            await self._conn.give_up()
            raise
        except psycopg.Error:
            # What failed first is told.
            if error is None:
                raise
        finally:
            self._exit(error)
