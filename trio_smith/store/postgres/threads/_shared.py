"""A connection that a thread uses, and another one may have to stop."""

from __future__ import annotations

import select
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import psycopg
import trio
from psycopg import capabilities, pq

from ...migrations._cut import cut

if TYPE_CHECKING:
    from collections.abc import Generator

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

ASKING: Final = 1.0
"""Seconds at the most that a request to cancel has to be passed on, if the grace is not less."""

# With an older libpq, psycopg's compiled part holds the interpreter's lock until the request is passed on:
# before a silent server the whole program would stand still.
CAN_ASK: Final = capabilities.has_cancel_safe() or pq.__impl__ == "python"


class Stopped(Exception):
    """A job was stopped before it had any effect."""


class Shared:
    """The connection, and what the thread of a job and Trio's tell one another.

    A request to cancel must never meet COMMIT or ROLLBACK. So a job that was stopped does not begin to
    commit, none that commits is asked to stop, and ROLLBACK waits for a request that is on its way.

    *grace*: seconds that a job which was stopped has to come to its end.
    """

    def __init__(self, *, grace: float) -> None:
        self._grace = grace
        self._made: Connection | None = None
        self._asking = threading.Lock()
        """Held while a request is on its way."""
        self._state = threading.Lock()
        """Held for no time, while one of these is changed."""
        self._working = self._gone = self._stopped = self._committing = self._undoing = False

    @property
    def connection(self) -> Connection:
        """The connection; for the thread of a job."""
        assert self._made is not None
        return self._made

    def check(self) -> None:
        """Raise `Stopped` if the job was stopped; for its thread."""
        if self._stopped:
            raise Stopped

    def begin_to_commit(self) -> None:
        """Raise `Stopped`, or be stopped no more; for the thread."""
        with self._state:
            self.check()
            self._committing = True

    @contextmanager
    def undoing(self) -> Generator[None]:
        """Begin a block when no request to cancel is on its way, and let none come; for the thread."""
        with self._state:
            self._undoing = True
        with self._asking:
            pass
        try:
            yield
        finally:
            with self._state:
                self._undoing = False

    def shut(self) -> None:
        """Close it; for the thread, or when there is none."""
        with self._state:
            if self._made is not None:
                self._made.close()

    def is_clean(self) -> bool:
        """Whether somebody else can use it as new."""
        if self._working or self._gone or self._made is None or self._made.closed:
            return False
        info = self._made.info
        return (
            info.transaction_status == pq.TransactionStatus.IDLE
            and info.pipeline_status == pq.PipelineStatus.OFF
        )

    def is_alive(self) -> bool:
        """Whether the server has said nothing; nothing was asked, so it could only say that it is gone."""
        if not self.is_clean():
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close it; if a thread uses it, it is cut off, and the thread closes it."""
        with self._state:
            self._gone = True
            if self._working:
                self._cut()
                return
        if self._asking.acquire(blocking=False):
            try:
                self.shut()
            finally:
                self._asking.release()
        else:
            trio.lowlevel.start_thread_soon(self._close_later, lambda _: None)

    def _begin(self) -> None:
        self._stopped = self._committing = self._undoing = False
        self._working = True

    def _end(self) -> None:
        """Let a request that is on its way arrive: it must not hit what comes next. For the thread."""
        with self._asking, self._state:
            self._working = False
            if self._gone and self._made is not None:
                self._made.close()

    def _stop(self) -> None:
        with self._state:
            self._stopped = True

    def _ask(self) -> None:
        """Ask the server to stop what the thread waits for; for a thread of its own."""
        with self._asking:
            with self._state:
                if not self._working or self._undoing or self._gone:
                    return
            with suppress(psycopg.Error):
                self.connection.cancel_safe(timeout=min(ASKING, self._grace))

    def _cut(self) -> None:
        if self._made is not None and not self._made.closed:
            with suppress(psycopg.Error):
                cut(self._made.fileno())

    def _close_later(self) -> None:
        with self._asking:
            self.shut()
