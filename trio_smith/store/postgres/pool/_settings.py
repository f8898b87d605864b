"""What a user may change of a connection on the Python side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from psycopg.adapt import AdaptersMap

if TYPE_CHECKING:
    from ..driver import TrioConnection


@attrs.frozen
class Settings:
    """What a connection was like before anybody used it."""

    _values: tuple[Any, ...]
    _adapters: AdaptersMap

    @classmethod
    def of(cls, connection: TrioConnection[Any]) -> Settings:
        """Remember what *connection* is like."""
        return cls(_values(connection), AdaptersMap(connection.adapters))

    def restored(self, connection: TrioConnection[Any]) -> bool:
        """Make *connection* like that again, if that is cheap; return whether it is."""
        connection.adapt_like(self._adapters)
        connection.notifications.forget()
        return _values(connection) == self._values


def _values(connection: TrioConnection[Any]) -> tuple[Any, ...]:
    return (
        connection.autocommit,
        connection.isolation_level,
        connection.read_only,
        connection.deferrable,
        connection.row_factory,
        connection.cursor_factory,
        connection.server_cursor_factory,
        connection.prepare_threshold,
        connection.prepared_max,
        connection.grace,
        connection.handlers,
    )
