"""Why scripts are not run."""

from __future__ import annotations

from ...errors import MisuseError
from .._errors import StoreFailed, shown


class BadMigration(MisuseError, ValueError):
    """A folder of migrations, or a script in it, is not as it has to be; the database was not asked."""

    fix: str = "Name the scripts 0001_name.up.sql and 0001_name.down.sql, numbered from 0001 without gaps."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        super().__init__(what=f"cannot use {what}", why=why, fix=fix)


class UnknownMigration(MisuseError, ValueError):
    """There is no migration with the number that was asked for."""

    fix: str = "Look at `trio-smith migrate status`."

    def __init__(self, *, owner: str, number: int, latest: int) -> None:
        self.owner, self.number, self.latest = owner, number, latest
        super().__init__(
            what=f"{shown(owner)} has no migration {number:04}",
            why=f"they go to {latest:04}" if latest else "there are none",
        )


class NoWayDown(MisuseError):
    """A migration has no down script, so it cannot be taken back."""

    fix: str = "Write the down script, or restore a backup."

    def __init__(self, *, owner: str, migration: str) -> None:
        self.owner, self.migration = owner, migration
        super().__init__(
            what=f"cannot take {shown(owner)} down", why=f"there is no script {migration}.down.sql"
        )


class MigrationDrift(StoreFailed):
    """A migration that was applied is not the one that the code has now: somebody edited it afterwards."""

    fix: str = "Put the script back as it was applied, and make the change in a new migration."

    def __init__(self, *, owner: str, migrations: tuple[str, ...]) -> None:
        self.owner, self.migrations = owner, migrations
        super().__init__(
            what=f"the migrations of {shown(owner)} have drifted",
            why=f"changed since applied: {', '.join(migrations)}",
        )


class MigrationGap(StoreFailed):
    """The history of a database lacks migrations in the midst of it."""

    fix: str = "Restore a backup, or mend the table smith_migrations by hand if you know what was done."

    def __init__(self, *, owner: str, missing: tuple[int, ...]) -> None:
        self.owner, self.missing = owner, missing
        super().__init__(
            what=f"the history of {shown(owner)} has gaps",
            why=f"not recorded: {', '.join(f'{number:04}' for number in missing)}",
        )


class MigrationFailed(StoreFailed):
    """The database refused a statement of a script; the database is as before that script."""

    fix: str = "Mend the script; what was applied before it stays, and the next run goes on from there."

    def __init__(self, *, script: str, line: int, why: str) -> None:
        self.script, self.line = script, line
        super().__init__(what=f"{script}, line {line}", why=why)


class MissingExtra(MisuseError):
    """PostgreSQL is meant, and psycopg is not installed, or finds no libpq."""

    fix: str = (
        "Install it: pip install 'trio-smith[postgres]'; where there is no libpq, psycopg[binary] as well."
    )

    def __init__(self, *, why: str = "psycopg is not installed") -> None:
        super().__init__(what="cannot speak to PostgreSQL", why=why)
