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

    def __init__(self, connection: Driven[Any], *, locked: bool = False) -> None:
        super().__init__(connection)
        self._driven = connection
        # *locked*: whoever makes it holds the lock already.
        self._lock: Any = nullcontext() if locked else connection.lock

    @trio.lowlevel.enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is on its way."""
        await self._end(error)  # noqa: ASYNC102 - bounded where it waits, if it was cancelled

    async def _end(self, error: BaseException | None) -> None:
        if isinstance(error, (trio.Cancelled, KeyboardInterrupt)):
            await self._driven.give_up()
        try:
            if not self._driven.closed:
                async with self._lock:
                    await self._driven.wait(self._exit_gen())
            elif error is None:
                raise psycopg.OperationalError("the connection was lost in the pipeline")
        except (trio.Cancelled, KeyboardInterrupt):
            await self._driven.give_up()  # noqa: ASYNC102 - it shields itself, with a deadline
            raise
        except psycopg.Error:
            # What failed first is told.
            if error is None:
                raise
        finally:
            self._exit(error)
