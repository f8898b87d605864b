"""Keep the notifications that come beside the answers to statements, when nobody listens."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from psycopg import Notify

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.pq import PGnotify

MOST: Final = 1_000
"""So many are kept: whoever never asks for them must not pay for them for ever."""


def notification(note: PGnotify, encoding: str) -> Notify:
    """Return *note* as psycopg shows it."""
    return Notify(note.relname.decode(encoding), note.extra.decode(encoding), note.be_pid)


def keep_notifications(connection: AsyncConnection[Any]) -> None:
    """Keep the newest of *connection* where its `notifies` finds them, unless there is a handler for them."""
    keeps = hasattr(connection, "_notifies_backlog")
    connection._notifies_backlog = deque(maxlen=MOST)
    if keeps:
        return
    # Before psycopg 3.2.4, what came while nobody listened was thrown away.
    own = weakref.ref(connection)
    tell_handlers = connection.pgconn.notify_handler

    def tell(note: PGnotify) -> None:
        if tell_handlers is not None:
            tell_handlers(note)
        connection = own()
        if connection is None or connection._notify_handlers or connection._notifies_backlog is None:
            return
        connection._notifies_backlog.append(notification(note, connection.info.encoding))

    connection.pgconn.notify_handler = tell
