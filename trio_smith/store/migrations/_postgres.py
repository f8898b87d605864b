"""Run migrations in PostgreSQL, by psycopg's connection in a thread."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio

from .._errors import (
    OutcomeUnknown,
    StoreBusy,
    StoreFailed,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
    shown,
)
from .._url import PostgresUrl
from ..sql import Result, Sql, for_postgres
from ._cut import cut
from ._errors import MissingExtra
from ._in_thread import Interrupted, Stop, in_thread
from ._place import Access, drive
from ._program import Program, Raw, Refused
from ._script import Database

if TYPE_CHECKING:
    import psycopg

R = TypeVar("R")

LOCK: Final = 0x736D6974686D6967
"""The advisory lock that all migrations of a database share: "smithmig" in ASCII."""
CONNECT_TIMEOUT: Final = 10
"""Seconds to wait for a connection, unless the URL says otherwise."""
GRACE: Final = 5.0
"""Seconds that an interrupted statement may take to end, before the connection is cut."""
_ASK_AGAIN: Final = 0.25
"""Seconds between two requests to cancel, for one may come between two statements."""

_CONNECT: Final = (
    "See that the server runs, and that host, port, database, user and password are right; the password may"
    " stand in ~/.pgpass or PGPASSWORD."
)
_REFUSED: Final = "Mend what the database names; if a right is missing, migrate as the owner of the tables."
_HINT: Final = "Is the server running"
"""How a line of libpq begins that asks what the error says better."""

_BEGIN: Final = {
    Access.READ: "BEGIN READ ONLY",
    # After the wait for the lock the history has to be read as it is then, and not as it was before.
    Access.WRITE: "BEGIN ISOLATION LEVEL READ COMMITTED",
    Access.SCRATCH: "BEGIN ISOLATION LEVEL READ COMMITTED",
}
_HOLDERS: Final = """
    SELECT 'pid ' || l.pid || coalesce(' (' || nullif(a.application_name, '') || ')', '')
    FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32) + l.objid::bigint = :lock"""


@asynccontextmanager
async def open_postgres(url: PostgresUrl, *, wait: float) -> AsyncGenerator[PostgresPlace, None]:
    """Connect to *url*, and close the connection with the block.

    Raises:
        MissingExtra: psycopg is not installed.
        StoreUnavailable: It cannot be reached.
    """
    try:
        driver = importlib.import_module("psycopg")
    except ModuleNotFoundError:
        raise MissingExtra from None
    except ImportError as error:  # it is there, and finds no libpq
        raise MissingExtra(why=" ".join(str(error).split())) from None
    connection = await _connect(driver, url)
    place = PostgresPlace(driver, connection, name=str(url), wait=wait)
    try:
        yield place
    finally:
        # In a thread, for an interruption may still be coming to its end.
        with trio.move_on_after(GRACE, shield=True):
            await trio.to_thread.run_sync(place.close, abandon_on_cancel=True)


async def _connect(driver: Any, url: PostgresUrl) -> psycopg.Connection[Any]:
    left = threading.Event()
    handed: list[psycopg.Connection[Any]] = []
    turn = threading.Lock()

    def connect() -> None:
        secrets = {name: secret.reveal() for name, secret in url.secrets}
        given = {"connect_timeout": CONNECT_TIMEOUT} if "connect_timeout=" not in url.address else {}
        try:
            made = driver.connect(url.address, autocommit=True, prepare_threshold=None, **given, **secrets)
        except driver.Error as error:
            what = f"cannot connect to {shown(str(url))}"
            raise StoreUnavailable(what=what, why=_refusal(error), fix=_CONNECT) from None
        with turn:
            if not left.is_set():
                handed.append(made)
                return
        made.close()

    try:
        await trio.to_thread.run_sync(connect, abandon_on_cancel=True)
    except BaseException:
        with turn:
            left.set()
        for made in handed:
            made.close()
        raise
    return handed[0]


class PostgresPlace:
    """One connection, used by one thread at a time."""

    def __init__(self, driver: Any, connection: psycopg.Connection[Any], *, name: str, wait: float) -> None:
        self._driver, self._connection = driver, connection
        self._name, self._wait = shown(name), wait
        self._cancelling = threading.Lock()

    @property
    def database(self) -> Database:
        """See `Place`."""
        return Database.POSTGRES

    async def transact(self, program: Program[R], access: Access) -> R:
        """See `Place`."""
        stop, ended = Stop(), threading.Event()

        def job() -> R:
            try:
                with self._cancelling:  # an interruption of what was before must not meet this
                    pass
                return self._transact(program, access, stop)
            finally:
                ended.set()

        def interrupt() -> None:
            stop.set()
            trio.lowlevel.start_thread_soon(lambda: self._interrupt(ended), lambda _done: None)

        return await in_thread(job, interrupt=interrupt)

    def close(self) -> None:
        """Close the connection; what is not committed is undone by the server."""
        with self._cancelling:
            self._connection.close()

    def _interrupt(self, ended: threading.Event) -> None:
        with self._cancelling:
            until = time.monotonic() + GRACE
            while not ended.is_set() and time.monotonic() < until:
                with suppress(self._driver.Error):
                    self._connection.cancel_safe(timeout=1.0)
                ended.wait(_ASK_AGAIN)
            if not ended.is_set():
                with suppress(self._driver.Error):  # it was closed meanwhile
                    cut(self._connection.fileno())

    def _transact(self, program: Program[R], access: Access, stop: Stop) -> R:
        def execute(asked: Sql | Raw) -> Result:
            stop.check()
            try:
                return self._execute(asked)
            except self._driver.Error as error:
                raise self._meaning(error, stop) from None

        try:
            self._enter(access, execute)
            done = drive(program, execute)
            stop.check()
        except Refused as error:
            self._undo()
            raise StoreFailed(what=f"cannot migrate {self._name}", why=error.why, fix=_REFUSED) from None
        except BaseException:
            self._undo()
            raise
        if access is Access.WRITE:
            self._commit(stop)
        else:
            self._undo()
        return done

    def _execute(self, asked: Sql | Raw) -> Result:
        # A script is sent as it is: without parameters, nothing in it is taken for one.
        if isinstance(asked, Raw):
            cursor = self._connection.execute(asked.text.encode())
        else:
            cursor = self._connection.execute(for_postgres(asked.text).encode(), dict(asked.parameters))
        return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def _enter(self, access: Access, execute: Callable[[Sql | Raw], Result]) -> None:
        # What a script has set for its session must not reach the next one.
        execute(Raw("DISCARD ALL"))
        execute(Raw(_BEGIN[access]))
        execute(Raw(f"SET LOCAL lock_timeout = {max(1, round(self._wait * 1000))}"))
        if access is Access.WRITE:
            try:
                execute(Sql("SELECT pg_advisory_xact_lock(:lock)", {"lock": LOCK}))
            except StoreBusy:
                self._undo()
                holders = ", ".join(row[0] for row in execute(Sql(_HOLDERS, {"lock": LOCK})).rows)
                raise self._busy(f"{holders or 'somebody'} migrates it for {self._wait:g} s") from None
        elif access is Access.SCRATCH:
            # Nothing else is on the path: a script must not find the real tables by their names.
            execute(
                Raw("DO $$BEGIN EXECUTE format('CREATE SCHEMA smith_scratch_%s', pg_backend_pid()); END$$")
            )
            execute(Raw("SELECT set_config('search_path', 'smith_scratch_' || pg_backend_pid(), true)"))

    def _commit(self, stop: Stop) -> None:
        try:
            self._connection.execute("COMMIT")
        except self._driver.Error as error:
            if self._connection.closed:
                raise OutcomeUnknown(why=_say(error)) from None
            self._undo()
            # Constraints that are checked at the end may fail here, or take long and be interrupted.
            cancelled = stop.is_set() and isinstance(error, self._driver.errors.QueryCanceled)
            raise (Interrupted() if cancelled else self._failed(error)) from None

    def _undo(self) -> None:
        if self._connection.closed:
            return
        try:
            self._connection.execute("ROLLBACK")
        except self._driver.Error:
            self._connection.close()  # the server undoes it

    def _meaning(self, error: psycopg.Error, stop: Stop) -> Exception:
        """Return what *error* of a statement means: of the statement itself, or of the whole database."""
        if stop.is_set() and (
            isinstance(error, self._driver.errors.QueryCanceled) or self._connection.closed
        ):
            return Interrupted()
        failed = self._failed(error)
        if type(failed) is not StoreFailed or error.sqlstate is None:
            return failed
        position = error.diag.statement_position
        return Refused(_say(error), position=int(position) if position else None)

    def _failed(self, error: psycopg.Error) -> StoreFailed:
        errors = self._driver.errors
        if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected)):
            return self._busy(f"others hold what the script needs: {_say(error)}")
        kind = StoreFailed
        if isinstance(error, errors.ReadOnlySqlTransaction):
            kind = StoreReadOnly
        elif isinstance(error, errors.DiskFull):
            kind = StoreFull
        elif self._connection.closed:
            kind = StoreUnavailable
        return kind(what=f"cannot use {self._name}", why=_say(error))

    def _busy(self, why: str) -> StoreBusy:
        return StoreBusy(
            what=f"waited to migrate {self._name}", why=why, fix="Let them end, and run it again."
        )


def _refusal(error: psycopg.Error) -> str:
    """Return what libpq says of a connection that it did not get, on one line."""
    lines = (" ".join(line.split()) for line in str(error).splitlines())
    return "; ".join(line for line in lines if line and not line.startswith(_HINT))


def _say(error: psycopg.Error) -> str:
    # The server's own words; str(error) would show the statement as well, over several lines.
    parts = [error.diag.message_primary, error.diag.message_detail, error.diag.message_hint]
    said = [part for part in parts if part]
    return ". ".join(part.rstrip(".") for part in said) if said else " ".join(str(error).split())
