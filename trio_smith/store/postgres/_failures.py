"""Say in our errors what PostgreSQL says in its codes: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from .._errors import (
    StatementFailed,
    StoreBusy,
    StoreCorrupt,
    StoreFailed,
    StoreFull,
    StoreReadOnly,
    StoreTooOld,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CANCELLED: Final = "57014"  # query_canceled
KINDS: Final[Mapping[str, type[StoreFailed]]] = {
    "25006": StoreReadOnly,  # read_only_sql_transaction
    "25P03": StoreUnavailable,  # idle_in_transaction_session_timeout
    "25P04": StoreBusy,  # transaction_timeout
    "40001": StoreBusy,  # serialization_failure
    "40P01": StoreBusy,  # deadlock_detected
    "42501": StoreReadOnly,  # insufficient_privilege
    "53100": StoreFull,  # disk_full
    "53200": StoreUnavailable,  # out_of_memory
    "53300": StoreUnavailable,  # too_many_connections
    "55P03": StoreBusy,  # lock_not_available
    CANCELLED: StoreBusy,  # by statement_timeout
    "XX001": StoreCorrupt,  # data_corrupted
    "XX002": StoreCorrupt,  # index_corrupted
}
FIXES: Final[Mapping[type[StoreFailed], str]] = {
    StoreBusy: "Try again, or shorten what holds the lock.",
    StoreReadOnly: "Give the role the right to write to the tables, or connect to the primary server.",
}
SLOW: Final = "Let the statement do less, or raise PostgresOptions.statement_timeout."
NO_CONNECTION: Final = (
    "Hold connections for a shorter time, or raise connections or acquire_timeout of PostgresOptions."
)
AGAIN: Final = frozenset({"40001", "40P01"})
"""What two transactions do to each other that would both have succeeded one after the other."""

UNDEFINED: Final = frozenset({"42P01", "42703", "42883"})
"""A table, a column or a function is missing."""


def failure(error: psycopg.Error, *, what: str) -> StoreFailed:
    """Return our error for *error*, which came while doing *what*."""
    state = error.sqlstate or ""
    kind: type[StoreFailed]
    # One line: what follows the first shows the statement, and a caret below it.
    said = str(error).partition("\n")[0]
    if state in KINDS:
        kind = KINDS[state]
    elif state in UNDEFINED and "smith_" in said:
        kind = StoreTooOld
    elif state[:2] in {"08", "57", "58"} or (not state and isinstance(error, psycopg.OperationalError)):
        kind = StoreUnavailable
    else:
        kind = StatementFailed
    fix = SLOW if state == CANCELLED else FIXES.get(kind)
    return kind(what=what, why=f"PostgreSQL says: {said}" + (f" ({state})" if state else ""), fix=fix)
