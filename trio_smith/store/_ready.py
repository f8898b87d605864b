"""See that a database has the tables that this version works with; make them in an empty one."""

from __future__ import annotations

from ._errors import StoreTooOld
from .migrations import open_migrations


async def make_ready(url: str) -> None:
    """Make our tables in an empty database.

    They are made in one transaction: whoever comes meanwhile waits, and finds all of them. A database that
    has older tables is left alone: whoever runs it decides when it is migrated.

    Raises:
        StoreTooOld: Migrations are missing.
        StoreTooNew, MigrationDrift, MigrationGap: Its history is not one that this version knows.
        StoreFailed: It cannot be reached, opened or written to.

    Cancellation: atomic.
    """
    async with open_migrations(url) as migrations:
        steps = await migrations.plan()
        if len(steps) == len(migrations.known):
            await migrations.create()
            steps = await migrations.plan()
        if steps:
            missing = ", ".join(str(step.migration) for step in steps)
            raise StoreTooOld(what="cannot use this database as it is", why=f"it lacks {missing}")
