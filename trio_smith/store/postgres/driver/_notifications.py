"""What was notified to a connection, until somebody asks for it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.pq.misc import PGnotify

KEPT: Final = 10_000
"""So many are kept for a connection that listens and does not look; then the oldest go."""


class Notifications:
    """What was notified to a connection and not given yet, oldest first.

    Nothing is lost between two looks, up to `KEPT`. Newer psycopgs have such a thing, without a bound, and
    forgets what came in one batch with what was looked at last.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        # psycopg holds it through libpq's connection, which it must not keep alive.
        self._connection = ref(connection)
        self._kept: deque[psycopg.Notify] = deque()
        self.looking = False
        connection.pgconn.notify_handler = self.note

    def note(self, found: PGnotify) -> None:
        """Tell the handlers; keep it if there are none, or if somebody looks."""
        connection = self._connection()
        if connection is None:
            return
        encoding = connection.info.encoding
        one = psycopg.Notify(found.relname.decode(encoding), found.extra.decode(encoding), found.be_pid)
        handlers = connection._notify_handlers  # noqa: SLF001 - we stand in for psycopg's own
        if self.looking or not handlers:
            if not self.looking and len(self._kept) >= KEPT:
                self._kept.popleft()
            self._kept.append(one)
        for handler in handlers:
            handler(one)

    def read(self) -> None:
        """Note what the socket has."""
        connection = self._connection()
        if connection is not None:
            connection.pgconn.consume_input()
            while found := connection.pgconn.notifies():
                self.note(found)

    def __len__(self) -> int:
        return len(self._kept)

    def take(self) -> Iterator[psycopg.Notify]:
        """Give what is there now; who stops in between finds the rest the next time."""
        for _ in range(len(self._kept)):
            yield self._kept.popleft()

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()
