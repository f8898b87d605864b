"""Read the history, and take one step, as programs of statements: pure."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import attrs

from ..sql import Result, Sql
from ._errors import MigrationFailed
from ._migration import Migration
from ._plan import AppliedMigration, MigrationStep, MigrationWay, plan
from ._script import Database

R = TypeVar("R")


class Raw(NamedTuple):
    """A statement of a script, which is run as it is: nothing in it is a parameter."""

    text: str


Program: TypeAlias = Generator[Sql | Raw, Result, R]


class Refused(Exception):
    """The database refused a statement; the program may say where it stood."""

    def __init__(self, why: str, *, position: int | None = None) -> None:
        self.why, self.position = why, position
        """Where in the statement, from 1, if the database says so."""
        super().__init__(why)


# The table is made with the first migration, and stays.
CREATE_HISTORY: Final = """
    CREATE TABLE IF NOT EXISTS smith_migrations (
        owner text NOT NULL,
        number integer NOT NULL,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at double precision NOT NULL,
        took_seconds double precision NOT NULL,
        PRIMARY KEY (owner, number)
    )"""
FIND_HISTORY: Final = {
    Database.SQLITE: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'smith_migrations'",
    # Not to_regclass: what it has once not found it remembers, and the wait for a lock does not remind it.
    Database.POSTGRES: "SELECT 1 FROM pg_tables WHERE tablename = 'smith_migrations' "
    "AND schemaname = current_schema()",
}
READ_HISTORY: Final = """
    SELECT number, name, checksum, applied_at, took_seconds FROM smith_migrations
    WHERE owner = :owner ORDER BY number"""
NOTE_UP: Final = """
    INSERT INTO smith_migrations (owner, number, name, checksum, applied_at, took_seconds)
    VALUES (:owner, :number, :name, :checksum, :applied_at, :took_seconds)"""
NOTE_DOWN: Final = "DELETE FROM smith_migrations WHERE owner = :owner AND number = :number"
# The clock itself: what stands still within a transaction would measure nothing.
CLOCK: Final = {
    Database.SQLITE: "SELECT (julianday('now') - 2440587.5) * 86400.0",
    Database.POSTGRES: "SELECT extract(epoch FROM clock_timestamp())::double precision",
}
# A script may look elsewhere for its names, or act as somebody else; what follows it must not.
BACK_TO_NORMAL: Final = {Database.SQLITE: (), Database.POSTGRES: ("RESET search_path", "RESET ROLE")}


@attrs.frozen(kw_only=True)
class History:
    """Whose migrations, in what kind of database."""

    database: Database
    owner: str
    known: Sequence[Migration]


def read_history(history: History) -> Program[tuple[AppliedMigration, ...]]:
    """Return what is applied, in order; nothing where there is no history yet."""
    if not (yield Sql(FIND_HISTORY[history.database])).rows:
        return ()
    rows = (yield Sql(READ_HISTORY, {"owner": history.owner})).rows
    return tuple(
        AppliedMigration(number=number, name=name, checksum=checksum, applied_at=at, took_seconds=took)
        for number, name, checksum, at, took in rows
    )


def next_step(history: History, *, way: MigrationWay, to: int | None) -> Program[MigrationStep | None]:
    """Look what is applied, take the next step on the *way*, note it, and return it; None: nothing is left.

    It must be alone: run it in a transaction that nobody else can enter between the look and the note.
    """
    applied = yield from read_history(history)
    steps = plan(history.known, applied, owner=history.owner, way=way, to=to)
    if not steps:
        return None
    step = steps[0]
    started = yield from _clock(history.database)
    yield from run_script(step)
    for text in BACK_TO_NORMAL[history.database]:
        yield Sql(text)
    ended = yield from _clock(history.database)
    key = {"owner": history.owner, "number": step.migration.number}
    if way is MigrationWay.UP:
        yield Sql(CREATE_HISTORY)
        row = {"name": step.migration.name, "checksum": step.migration.checksum}
        # A clock may be set back meanwhile.
        times = {"applied_at": ended, "took_seconds": max(0.0, ended - started)}
        yield Sql(NOTE_UP, {**key, **row, **times})
    else:
        yield Sql(NOTE_DOWN, key)
    return step


def first_steps(history: History) -> Program[tuple[MigrationStep, ...]]:
    """Take all steps up where none was taken yet, and return them; where one was, take none.

    It must be alone, as `next_step`; in one transaction, nobody sees it half done.
    """
    taken: list[MigrationStep] = []
    if not (yield from read_history(history)):
        while (step := (yield from next_step(history, way=MigrationWay.UP, to=None))) is not None:
            taken.append(step)
    return tuple(taken)


def run_script(step: MigrationStep) -> Program[None]:
    """Run the statements of one step.

    Raises:
        MigrationFailed: The database refused one.
    """
    for statement in step.statements:
        try:
            yield Raw(statement.text)
        except Refused as error:
            before = statement.text[: (error.position or 1) - 1]
            raise MigrationFailed(
                script=f"{step.migration}.{step.way.value}.sql",
                line=statement.line + before.count("\n"),
                why=error.why,
            ) from None


def _clock(database: Database) -> Program[float]:
    ((now,),) = (yield Sql(CLOCK[database])).rows
    return float(now)
