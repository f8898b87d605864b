"""Many statements on their way at once."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import psycopg
import trio

from ..._errors import OutcomeUnknown

if TYPE_CHECKING:
    from types import TracebackType

    from ._driven import Driven


class TrioPipeline(psycopg.AsyncPipeline):
    """psycopg's pipeline.

    What was committed in it is sure when it is left. Cancellation: what of it was done cannot be told, so
    the connection is closed.
    """

    def __init__(self, connection: Driven[Any], *, locked: bool = False) -> None:
        super().__init__(connection)
        self._driven = connection
        # *locked*: whoever makes it holds the lock already.
        self._lock: Any = nullcontext() if locked else connection.lock

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is on its way.

        Raises:
            OutcomeUnknown: COMMIT was sent, and no answer came.
        """
        try:
            await self._end(error)  # noqa: ASYNC102 - bounded where it waits, if it was cancelled
        except (psycopg.Error, trio.Cancelled) as failed:
            self._tell_of_commit(failed)
            raise
        self._tell_of_commit(error)

    def _tell_of_commit(self, failed: BaseException | None) -> None:
        """Raise OutcomeUnknown, which says more than *failed*, if COMMIT was sent and nobody answers."""
        driven = self._driven
        if not driven.closed:
            driven.commit_sent = False  # all that was sent has its answer
        elif driven.commit_sent and not isinstance(failed, (OutcomeUnknown, KeyboardInterrupt, SystemExit)):
            how = "it was cancelled" if isinstance(failed, trio.Cancelled) else "the connection was lost"
            raise OutcomeUnknown(why=f"{how} in a pipeline, after COMMIT was sent in it") from failed

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
