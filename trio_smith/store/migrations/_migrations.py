"""What is done with migrations: look, plan, up, down, verify."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import attrs
import trio

from .._errors import StoreFailed
from .._url import SqliteUrl, parse_store_url
from ._errors import BadMigration
from ._folder import own_migrations, read_folder
from ._migration import Migration, checked_owner
from ._place import Access, Place
from ._plan import MigrationState, MigrationStatus, MigrationStep, MigrationWay, plan, status
from ._postgres import open_postgres
from ._program import History, first_steps, next_step, read_history
from ._schema import differences, dump, dump_from_empty
from ._script import Database
from ._sqlite import SqlitePlace

OWN: Final = "smith"
"""The owner of the migrations that this library brings."""
_OWN_PREFIX: Final = "smith_"


@attrs.frozen(kw_only=True)
class Verification:
    """What `Migrations.verify` found."""

    applied: int
    """How many migrations are applied."""
    problems: tuple[str, ...]
    """What is wrong, a line for each; empty: all is well, as far as it could be seen."""
    not_compared: str | None
    """Why the schema itself could not be compared with what the scripts make; None: it was."""


class Migrations:
    """The migrations of one owner in one database; `open_migrations` makes one."""

    def __init__(self, place: Place, *, owner: str, known: Sequence[Migration]) -> None:
        self._place = place
        self._history = History(database=place.database, owner=owner, known=known)

    @property
    def known(self) -> tuple[Migration, ...]:
        """All migrations that there are, in order."""
        return tuple(self._history.known)

    async def status(self) -> tuple[MigrationStatus, ...]:
        """Return how each migration stands; nothing is refused, what is wrong is shown as it is.

        Cancellation: atomic; it changes nothing.
        """
        applied = await self._place.transact(read_history(self._history), Access.READ)
        return status(self._history.known, applied)

    async def plan(
        self, to: int | None = None, *, way: MigrationWay = MigrationWay.UP
    ) -> tuple[MigrationStep, ...]:
        """Return what `up` or `down` would do now, or refuse as they would; nothing is changed.

        Cancellation: atomic; it changes nothing.
        """
        applied = await self._place.transact(read_history(self._history), Access.READ)
        return plan(self._history.known, applied, owner=self._history.owner, way=way, to=to)

    async def up(self, to: int | None = None) -> tuple[MigrationStep, ...]:
        """Apply what is not applied up to migration *to* (None: the newest); return the steps it took itself.

        Each step is a transaction: its statements and its row in the history, or nothing. Several may run
        this at once; each step is taken by one of them.

        Raises:
            StoreTooNew: The database was made by a newer version.
            MigrationDrift: An applied script was edited.
            MigrationGap: The history has gaps.
            UnknownMigration: There is no migration *to*.
            MigrationFailed: The database refused a statement.
            StoreBusy: Somebody else was at it for longer than was to be waited.
            StoreFailed: The database cannot be reached, opened or written to.

        Cancellation: resumable. The step at work is undone, those before it stay; the next call goes on.
        """
        return await self._go(MigrationWay.UP, to)

    async def create(self) -> tuple[MigrationStep, ...]:
        """Apply all migrations in one transaction, where none is applied yet; return the steps it took.

        So everybody else finds them all, or nothing; `up` would be seen between two steps. Where some are
        applied, nothing is done. Errors are those of `up`.

        Cancellation: atomic.
        """
        return await self._place.transact(first_steps(self._history), Access.WRITE)

    async def down(self, *, to: int) -> tuple[MigrationStep, ...]:
        """Take back what is applied above migration *to*, the last one first; return the steps it took.

        0 takes back everything. What was in the tables that a script drops is gone. Errors and cancellation
        are those of `up`, and:

        Raises:
            NoWayDown: A migration has no down script. Nothing was done.
        """
        return await self._go(MigrationWay.DOWN, to)

    async def _go(self, way: MigrationWay, to: int | None) -> tuple[MigrationStep, ...]:
        taken: list[MigrationStep] = []
        # The look that needs no right to write comes first: where nothing is to be done, nothing is locked.
        if not await self.plan(to, way=way):
            return ()
        while True:
            step = await self._place.transact(next_step(self._history, way=way, to=to), Access.WRITE)
            if step is None:
                return tuple(taken)
            taken.append(step)

    async def verify(self) -> Verification:
        """Compare the history with the scripts, and the schema with what the scripts make from nothing.

        The scripts are run in a database in memory (SQLite), or in a schema of its own within a transaction
        that is undone (PostgreSQL). Where they cannot be run there, for instance because they name schemas,
        ``not_compared`` says why, and only the checksums were looked at. Compared are the text of each
        definition (SQLite), or tables, columns, constraints, indexes, triggers, views, functions and types,
        but not privileges, policies, comments and what a sequence counts (PostgreSQL).

        Cancellation: atomic; it changes nothing.
        """
        found = await self.status()
        wrong = [one for one in found if one.state not in (MigrationState.APPLIED, MigrationState.PENDING)]
        problems = tuple(f"{one} is {one.state.value}" for one in wrong)
        applied = sum(one.applied is not None for one in found)
        if problems:
            why = "the history is not that of these scripts"
            return Verification(applied=applied, problems=problems, not_compared=why)
        live = await self._place.transact(dump(self._history.database), Access.READ)
        own = self._history.owner == OWN
        before = () if own else (await trio.to_thread.run_sync(_own_history, self._history.database),)
        rebuild = dump_from_empty(before, self._history, applied)
        try:
            wanted = await self._place.transact(rebuild, Access.SCRATCH)
        except StoreFailed as error:
            return Verification(applied=applied, problems=(), not_compared=str(error))
        problems = differences(live, wanted, prefix=_OWN_PREFIX if own else None)
        return Verification(applied=applied, problems=problems, not_compared=None)


@asynccontextmanager
async def open_migrations(
    url: str, *, folder: str | os.PathLike[str] | None = None, owner: str | None = None, wait: float = 10.0
) -> AsyncGenerator[Migrations, None]:
    """Open the migrations of one owner in the database at *url*; a connection is closed with the block.

    Without *folder* they are those of this library. A *folder* holds those of an application:
    ``0001_name.up.sql``, ``0001_name.down.sql`` and so on. Histories are kept apart by *owner*, which is
    "application" unless said otherwise. *wait* is how many seconds to wait for others that migrate, or that
    have locked what a script needs.

    Raises:
        BadStoreUrl: *url* says no database.
        BadMigration: A script or its name is wrong, or *owner* is no name.
        StoreUnavailable: PostgreSQL cannot be reached.
        MissingExtra: psycopg is not installed, and *url* needs it.
    """
    where = parse_store_url(url)
    database = Database.SQLITE if isinstance(where, SqliteUrl) else Database.POSTGRES
    whose = _owner(folder, owner)
    read = (
        partial(own_migrations, database)
        if folder is None
        else partial(read_folder, folder, database=database)
    )
    known = await trio.to_thread.run_sync(read)
    if isinstance(where, SqliteUrl):
        yield Migrations(SqlitePlace(where, wait=wait), owner=whose, known=known)
    else:
        async with open_postgres(where, wait=wait) as place:
            yield Migrations(place, owner=whose, known=known)


async def migrate(
    url: str,
    to: int | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    owner: str | None = None,
    wait: float = 10.0,
) -> tuple[MigrationStep, ...]:
    """Apply the migrations that are missing, as `Migrations.up` in a block of `open_migrations`."""
    async with open_migrations(url, folder=folder, owner=owner, wait=wait) as migrations:
        return await migrations.up(to)


def _owner(folder: object, owner: str | None) -> str:
    if folder is None:
        if owner not in (None, OWN):
            fix = "Name the folder of its scripts."
            raise BadMigration(
                what=f"{owner!r} as an owner", why="there is no folder of its scripts", fix=fix
            )
        return OWN
    if owner == OWN:
        why = "it is that of this library's own migrations"
        raise BadMigration(what=f"{owner!r} as an owner", why=why, fix="Choose another one.")
    return checked_owner("application" if owner is None else owner)


def _own_history(database: Database) -> History:
    return History(database=database, owner=OWN, known=own_migrations(database))
