"""One connection, and the thread that uses it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs
import outcome
import psycopg
import trio

from ..._errors import OutcomeUnknown
from ._shared import CAN_ASK, Shared, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._shared import Connection

R = TypeVar("R")

ASK_AGAIN: Final = 0.25
"""A request that comes between two steps of the server is lost; so many seconds later comes another."""

CUT_OFF: Final = 1.0
"""Seconds that a thread has to see that its connection was cut. It needs none, unless it has much to do."""


@attrs.define(eq=False)
class _Work(Generic[R]):
    """A job on its way."""

    over: trio.Event = attrs.Factory(trio.Event)
    ended: outcome.Outcome[R] | None = None


class Line(Shared):
    """A connection that `open` makes, and that one thread at a time uses."""

    def __init__(self, connect: Callable[[], Connection], *, grace: float) -> None:
        super().__init__(grace=grace)
        self._connect = connect
        self._left: Callable[[], None] | None = None
        """What is done at the end of a thread that was left behind."""

    async def open(self, room: trio.Semaphore) -> None:
        """Connect, when there is *room*, which has a place for each thread that does.

        Cancellation: at once; a connection that is made all the same is closed. The thread keeps its place
        until then.
        """

        def connect() -> None:
            made = self._connect()
            with self._state:
                self._made = made

        await room.acquire()
        try:
            await self.run(connect, asking=False)
        finally:
            if self._working:
                self._left = room.release
            else:
                room.release()

    async def run(self, job: Callable[[], R], *, asking: bool = True) -> R:
        """Return what *job* returns in a thread; one at a time.

        Cancellation: the server is asked to stop it, unless it commits, and its end is waited for within the
        grace. What it returns is returned; `trio.Cancelled` means that nothing was written. When the grace is
        over the connection is cut, and if it was committing, `OutcomeUnknown` is raised. Without *asking* it
        is cut at once.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        work = self._start(job)
        try:
            await work.over.wait()
        except BaseException as stop:  # noqa: ASYNC103 - it returns what is done
            self._stop()
            await self._see_through(work.over, asking=asking)  # noqa: ASYNC102 - it shields itself, with a deadline
            if not isinstance(stop, trio.Cancelled) or self._had_no_effect(work.ended):
                raise
            if self._committing and self._gone and not isinstance(work.ended, outcome.Value):
                why = f"it was cancelled, and the server did not answer within {self._grace:g} s"
                raise OutcomeUnknown(why=why) from None  # noqa: ASYNC104 - it says more than that
            # It is done, so it is returned, and Trio cancels at the next checkpoint; or it failed in a way
            # that says more than that it was cancelled.
        assert work.ended is not None
        return work.ended.unwrap()  # noqa: ASYNC104 - as was said

    def _had_no_effect(self, ended: outcome.Outcome[R] | None) -> bool:
        if ended is None:
            return not self._committing  # nor will it, for it was stopped
        return isinstance(ended, outcome.Error) and isinstance(ended.error, Stopped | psycopg.Error)

    def _start(self, job: Callable[[], R]) -> _Work[R]:
        token = trio.lowlevel.current_trio_token()
        work = _Work[R]()

        def do() -> R:
            try:
                self.check()
                return job()
            finally:
                self._end()

        def deliver(ended: outcome.Outcome[R]) -> None:
            def tell() -> None:
                work.ended = ended
                work.over.set()
                if self._left is not None:
                    self._left()

            with suppress(trio.RunFinishedError):  # only an interrupt leaves before
                token.run_sync_soon(tell)

        self._begin()
        try:
            trio.lowlevel.start_thread_soon(do, deliver, "trio_smith postgres")
        except BaseException:  # there may be no thread to be had
            self._end()
            raise
        return work

    async def _see_through(self, over: trio.Event, *, asking: bool) -> None:
        """Bring the job to its end, or cut it off."""
        if self._committing or (asking and CAN_ASK):
            with trio.CancelScope(shield=True, deadline=trio.current_time() + self._grace):
                while not over.is_set():
                    if not self._committing:
                        await trio.to_thread.run_sync(
                            self._ask, abandon_on_cancel=True, limiter=trio.CapacityLimiter(1)
                        )
                    with trio.move_on_after(ASK_AGAIN):
                        await over.wait()
        if not over.is_set():
            self.close()
            if self._made is not None:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + CUT_OFF):
                    await over.wait()
