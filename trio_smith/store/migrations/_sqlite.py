"""Run migrations in a file of SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from .._errors import StoreBusy, StoreFailed, StoreUnavailable, shown
from .._sqlite_failures import KINDS, code_of
from .._url import SqliteUrl
from ..sql import Result, Sql
from ._in_thread import Interrupted, Stop, in_thread
from ._place import Access, drive
from ._program import Program, Raw, Refused
from ._script import Database

R = TypeVar("R")

_LOOK_AGAIN: Final = 0.05
"""Seconds between two tries to get in while somebody else is."""
_INSTRUCTIONS: Final = 10_000
"""Steps of SQLite between two looks whether to stop: less than a millisecond."""

_RIGHTS: Final = "Give the process the right to read and write the file and its directory."
_FIXES: Final = {
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_IOERR: "See that its disk is there, works and has room, and run it again.",
    sqlite3.SQLITE_NOTADB: "Name another file. If it was a database, restore a backup and keep this file.",
}
"""What helps when a file is opened, where the error itself knows less."""


class SqlitePlace:
    """One file; it is opened anew for each transaction, in a thread."""

    def __init__(self, url: SqliteUrl, *, wait: float) -> None:
        self._path = Path(url.path).absolute()
        self._wait = wait

    @property
    def database(self) -> Database:
        """See `Place`."""
        return Database.SQLITE

    async def transact(self, program: Program[R], access: Access) -> R:
        """See `Place`."""
        stop = Stop()
        return await in_thread(lambda: self._transact(program, access, stop), interrupt=stop.set)

    def _transact(self, program: Program[R], access: Access, stop: Stop) -> R:
        def execute(asked: Sql | Raw) -> Result:
            stop.check()
            try:
                cursor = connection.execute(asked.text, asked.parameters if isinstance(asked, Sql) else ())
                return Result(cursor.fetchall(), cursor.rowcount)
            except sqlite3.Error as error:
                raise self._meaning(error, stop) from None

        try:
            with closing(self._open(access)) as connection:
                connection.set_progress_handler(stop.is_set, _INSTRUCTIONS)
                self._enter(connection, access, stop)
                try:
                    done = drive(program, execute)
                    stop.check()
                    connection.set_progress_handler(None, 0)  # a commit is not interrupted
                    connection.execute("COMMIT")
                except BaseException:
                    connection.set_progress_handler(None, 0)
                    if connection.in_transaction:  # some errors end it by themselves
                        connection.execute("ROLLBACK")
                    raise
                return done
        except sqlite3.Error as error:
            raise self._failed(error) from None
        except Refused as error:
            raise StoreFailed(what=f"cannot migrate {self._name}", why=error.why) from None

    def _open(self, access: Access) -> sqlite3.Connection:
        # A look makes no file: where there is none, there is nothing.
        if access is Access.SCRATCH or (not self._is_there() and access is Access.READ):
            where = ":memory:"
        else:
            where = f"file:{quote(str(self._path))}?mode={'ro' if access is Access.READ else 'rwc'}"
        # No waiting within SQLite, where nobody could be told to stop.
        return sqlite3.connect(where, uri=True, timeout=0.0, isolation_level=None)

    def _is_there(self) -> bool:
        """Whether there is a file; raise StoreUnavailable where none can be: SQLite names no reason."""
        what, fix = f"cannot use {self._name}", "Make it, or name a file elsewhere."
        try:
            if self._path.is_dir():
                raise StoreUnavailable(what=what, why="it is a directory", fix="Name a file in it.")
            self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if self._path.parent.is_dir():
                return False
            why = f"there is no directory {shown(str(self._path.parent))}"
            raise StoreUnavailable(what=what, why=why, fix=fix) from None
        except OSError as error:
            raise StoreUnavailable(what=what, why=str(error.strerror), fix=_RIGHTS) from None
        return True

    def _enter(self, connection: sqlite3.Connection, access: Access, stop: Stop) -> None:
        """Begin a transaction, and wait as long as others do not let us in."""
        waited = 0.0
        while True:
            try:
                if access is Access.WRITE:
                    # Exclusive from the start: no later statement and no commit has anybody to wait for.
                    connection.execute("BEGIN EXCLUSIVE")
                else:
                    connection.execute("BEGIN")
                    connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # which takes the lock
                return
            except sqlite3.OperationalError as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if KINDS.get(code_of(error)) is not StoreBusy:
                    raise
            if waited >= self._wait:
                raise self._busy(f"for {self._wait:g} s")
            stop.wait(_LOOK_AGAIN)
            waited += _LOOK_AGAIN

    def _meaning(self, error: sqlite3.Error, stop: Stop) -> Exception:
        """Return what *error* of a statement means: of the statement itself, or of the whole database."""
        code = code_of(error)
        if code == sqlite3.SQLITE_INTERRUPT and stop.is_set():
            return Interrupted()
        return self._failed(error) if code in KINDS else Refused(str(error))

    def _failed(self, error: sqlite3.Error) -> StoreFailed:
        code = code_of(error)
        kind = KINDS.get(code, StoreFailed)
        if kind is StoreBusy:
            return self._busy("just now")
        return kind(what=f"cannot use {self._name}", why=str(error), fix=_FIXES.get(code))

    def _busy(self, how_long: str) -> StoreBusy:
        return StoreBusy(
            what=f"waited to migrate {self._name}",
            why=f"another connection has locked the file {how_long}",
            fix="See who migrates it or has it open, let them end, and run it again.",
        )

    @property
    def _name(self) -> str:
        return shown(str(self._path))
