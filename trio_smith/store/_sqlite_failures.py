"""Say in our errors what SQLite says in its codes: pure."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, TypeAlias

from ._errors import (
    StatementFailed,
    StoreBusy,
    StoreCorrupt,
    StoreFailed,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[Mapping[int, type[StoreFailed]]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
    sqlite3.SQLITE_FORMAT: StoreCorrupt,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
    sqlite3.SQLITE_IOERR: StoreUnavailable,
    sqlite3.SQLITE_NOMEM: StoreUnavailable,
    sqlite3.SQLITE_PROTOCOL: StoreUnavailable,
}
FAILURES: Final = (sqlite3.Error, MemoryError)
"""What comes out when SQLite fails: Python says by an error of its own that SQLite finds no memory."""

Failure: TypeAlias = sqlite3.Error | MemoryError

PRIMARY: Final = 0xFF
"""An extended code has its primary code in the lowest eight bits."""


def code_of(error: Failure) -> int:
    """Return the primary code; 0 for an error that the Python module raised by itself."""
    if isinstance(error, MemoryError):
        return sqlite3.SQLITE_NOMEM
    code = getattr(error, "sqlite_errorcode", 0)
    return code & PRIMARY if isinstance(code, int) else 0


def failure(error: Failure, *, what: str) -> StoreFailed:
    """Return our error for *error*, which came while doing *what*."""
    kind = KINDS.get(code_of(error), StatementFailed)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return kind(what=what, why=f"SQLite says: {said(error)} ({name})")


def said(error: Failure) -> str:
    """Return the words of *error*, which has none if there was no memory."""
    return str(error) or "out of memory"
