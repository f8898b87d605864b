"""Decide which scripts are to be run, or why none: pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

import attrs

from .._errors import StoreTooNew, shown
from ._errors import MigrationDrift, MigrationGap, NoWayDown, UnknownMigration
from ._migration import Migration
from ._script import Statement


class MigrationWay(Enum):
    """Where a step leads."""

    UP = "up"
    DOWN = "down"


class MigrationState(Enum):
    """How a migration stands."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    """It was applied, and is another one now."""
    MISSING = "missing"
    """Later ones are applied, and this one is not recorded."""
    UNKNOWN = "unknown"
    """It was applied by a newer version: the code has no such migration."""


@attrs.frozen(kw_only=True)
class AppliedMigration:
    """One row of the history that a database keeps."""

    number: int
    name: str
    checksum: str
    applied_at: float
    """Epoch seconds, by the clock of the database."""
    took_seconds: float

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


@attrs.frozen(kw_only=True)
class MigrationStep:
    """One script that is to be run, or was: it takes the schema one migration up or down."""

    way: MigrationWay
    migration: Migration

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What is run."""
        down = self.migration.down
        assert self.way is MigrationWay.UP or down is not None, "a plan goes down only where there is a way"
        return self.migration.up if self.way is MigrationWay.UP else down or ()

    def __str__(self) -> str:
        return f"{self.way.value} {self.migration}"


@attrs.frozen(kw_only=True)
class MigrationStatus:
    """How one migration stands in one database."""

    number: int
    name: str
    state: MigrationState
    applied: AppliedMigration | None
    """The row of the history, if there is one."""

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


def plan(
    known: Sequence[Migration],
    applied: Sequence[AppliedMigration],
    *,
    owner: str,
    way: MigrationWay,
    to: int | None = None,
) -> tuple[MigrationStep, ...]:
    """Return the steps from what is *applied*, in order, to migration *to*.

    *known* is numbered from 1 without gaps. Up, None means the newest one; down, 0 means nothing left. Where
    the schema is there already, or beyond, there is nothing to do, so that two runners can go the same way.

    Raises:
        StoreTooNew: More is applied than is known.
        MigrationDrift: Something applied is not what is known by its number.
        MigrationGap: Something is not applied although what follows is.
        UnknownMigration: There is no migration *to*.
        NoWayDown: A step down has no script.
    """
    latest = len(known)
    goal = latest if to is None and way is MigrationWay.UP else to or 0
    if not 0 <= goal <= latest:
        raise UnknownMigration(owner=owner, number=goal, latest=latest)
    _agree(known, applied, owner)
    current = len(applied)
    if way is MigrationWay.UP:
        return tuple(MigrationStep(way=way, migration=one) for one in known[current:goal])
    steps = tuple(MigrationStep(way=way, migration=one) for one in reversed(known[goal:current]))
    for step in steps:
        if step.migration.down is None:
            raise NoWayDown(owner=owner, migration=str(step.migration))
    return steps


def status(known: Sequence[Migration], applied: Sequence[AppliedMigration]) -> tuple[MigrationStatus, ...]:
    """Return how each migration stands that is known or applied, in order."""
    by_number: Final = {one.number: one for one in known}
    rows = {one.number: one for one in applied}
    newest = max(rows, default=0)
    found: list[MigrationStatus] = []
    for number in sorted(by_number.keys() | rows.keys()):
        mine, row = by_number.get(number), rows.get(number)
        if mine is None:
            assert row is not None
            name, state = row.name, MigrationState.UNKNOWN
        elif row is None:
            name, state = mine.name, MigrationState.MISSING if number < newest else MigrationState.PENDING
        else:
            name, state = mine.name, MigrationState.APPLIED if _same(mine, row) else MigrationState.CHANGED
        found.append(MigrationStatus(number=number, name=name, state=state, applied=row))
    return tuple(found)


def _agree(known: Sequence[Migration], applied: Sequence[AppliedMigration], owner: str) -> None:
    newest = max((one.number for one in applied), default=0)
    if newest > len(known):
        raise StoreTooNew(
            what=f"the schema of {shown(owner)} is newer than this program",
            why=f"the database is at {newest:04}, the program knows {len(known):04}",
        )
    rows = {one.number: one for one in applied}
    if missing := tuple(number for number in range(1, newest) if number not in rows):
        raise MigrationGap(owner=owner, missing=missing)
    if changed := tuple(str(row) for row in applied if not _same(known[row.number - 1], row)):
        raise MigrationDrift(owner=owner, migrations=changed)


def _same(mine: Migration, row: AppliedMigration) -> bool:
    return (mine.name, mine.checksum) == (row.name, row.checksum)
