"""Which scripts are run, and when none is."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store import (
    AppliedMigration,
    Migration,
    MigrationDrift,
    MigrationGap,
    MigrationState,
    MigrationStep,
    MigrationWay,
    NoWayDown,
    StoreTooNew,
    UnknownMigration,
)
from trio_smith.store.migrations._plan import plan, status
from trio_smith.store.migrations._script import Database, statements_of

SCRIPT = statements_of("SELECT 1;", database=Database.SQLITE, name="s")


def migrations(count: int) -> list[Migration]:
    """Return *count* of them."""
    return [
        Migration(number=number, name=f"m{number}", checksum=f"c{number}", up=SCRIPT, down=SCRIPT)
        for number in range(1, count + 1)
    ]


def rows(known: list[Migration]) -> list[AppliedMigration]:
    """Return the history of *known*."""
    return [
        AppliedMigration(
            number=one.number, name=one.name, checksum=one.checksum, applied_at=0.0, took_seconds=0.0
        )
        for one in known
    ]


def after(applied: list[AppliedMigration], steps: tuple[MigrationStep, ...]) -> list[AppliedMigration]:
    """Return the history when *steps* were taken."""
    for step in steps:
        applied = [*applied, *rows([step.migration])] if step.way is MigrationWay.UP else applied[:-1]
    return applied


@given(st.data())
def test_the_steps_lead_where_they_should(data: st.DataObject) -> None:
    """From any place to any other, one number at a time; and there, nothing is left to do."""
    known = migrations(data.draw(st.integers(0, 6)))
    here, there = (data.draw(st.integers(0, len(known))) for _ in range(2))
    way = data.draw(st.sampled_from(MigrationWay))
    steps = plan(known, rows(known[:here]), owner="o", way=way, to=there)
    end = max(here, there) if way is MigrationWay.UP else min(here, there)
    reached = after(rows(known[:here]), steps)
    assert reached == rows(known[:end])
    assert len(steps) == abs(here - end)
    assert plan(known, reached, owner="o", way=way, to=there) == ()
    # A step at a time, each planned anew, as runners do: they lead to the same place.
    applied = rows(known[:here])
    while one := plan(known, applied, owner="o", way=way, to=there)[:1]:
        applied = after(applied, one)
    assert applied == reached


@given(st.data())
def test_a_history_that_is_not_ours_is_refused(data: st.DataObject) -> None:
    """Whatever is wrong with it, and wherever one wants to go: it is never guessed what may be done."""
    known = migrations(data.draw(st.integers(1, 6)))
    applied = rows(known[: data.draw(st.integers(1, len(known)))])
    at = data.draw(st.integers(0, len(applied) - 1))
    wrong = data.draw(st.sampled_from(["checksum", "name", "gap", "newer"]))
    if wrong == "gap":
        del applied[at]
        if not applied or at == len(applied):
            return  # the last one is missing: that is no gap
    elif wrong == "newer":
        newer = rows(migrations(len(known) + data.draw(st.integers(1, 3))))
        applied = [*applied, newer[-1]]
    else:
        applied[at] = attrs.evolve(applied[at], **{wrong: "other"})
    expected = {"gap": MigrationGap, "newer": StoreTooNew}.get(wrong, MigrationDrift)
    with pytest.raises(expected):
        plan(
            known,
            applied,
            owner="o",
            way=data.draw(st.sampled_from(MigrationWay)),
            to=data.draw(st.integers(0, len(known))),
        )


def test_without_a_goal_up_goes_to_the_newest() -> None:
    """And says so by the step."""
    known = migrations(2)
    assert [str(one) for one in plan(known, [], owner="o", way=MigrationWay.UP)] == [
        "up 0001_m1",
        "up 0002_m2",
    ]
    assert [str(one) for one in plan(known, rows(known), owner="o", way=MigrationWay.DOWN, to=0)] == [
        "down 0002_m2",
        "down 0001_m1",
    ]


@pytest.mark.parametrize("to", [-1, 3])
def test_a_number_that_there_is_not_is_refused(to: int) -> None:
    """Both ways."""
    for way in MigrationWay:
        with pytest.raises(UnknownMigration, match="they go to 0002"):
            plan(migrations(2), [], owner="o", way=way, to=to)
    with pytest.raises(UnknownMigration, match="there are none"):
        plan([], [], owner="o", way=MigrationWay.UP, to=1)


def test_where_one_script_down_is_missing_none_is_run() -> None:
    """Half of the way would be the worst place to stop."""
    first, second, third = migrations(3)
    known = [first, attrs.evolve(second, down=None), third]
    with pytest.raises(NoWayDown, match=r"there is no script 0002_m2\.down\.sql"):
        plan(known, rows(known), owner="o", way=MigrationWay.DOWN, to=0)
    assert len(plan(known, rows(known), owner="o", way=MigrationWay.DOWN, to=2)) == 1


def test_errors_name_what_is_wrong() -> None:
    """By number and name, so that one finds the file."""
    known = migrations(3)
    changed = rows(known)
    changed[1] = attrs.evolve(changed[1], checksum="x")
    with pytest.raises(MigrationDrift, match="'o' have drifted: changed since applied: 0002_m2"):
        plan(known, changed, owner="o", way=MigrationWay.UP)
    with pytest.raises(MigrationGap, match="not recorded: 0001, 0002"):
        plan(known, rows(known)[2:], owner="o", way=MigrationWay.UP)
    with pytest.raises(StoreTooNew, match="at 0003, the program knows 0002"):
        plan(known[:2], rows(known), owner="o", way=MigrationWay.UP)


def test_a_status_shows_all_that_is_known_or_applied() -> None:
    """Without refusing anything."""
    known = migrations(4)
    applied = rows(migrations(6))
    applied[1] = attrs.evolve(applied[1], checksum="x")
    del applied[2], applied[3]
    assert [(str(one), one.state) for one in status(known, applied)] == [
        ("0001_m1", MigrationState.APPLIED),
        ("0002_m2", MigrationState.CHANGED),
        ("0003_m3", MigrationState.MISSING),
        ("0004_m4", MigrationState.APPLIED),
        ("0006_m6", MigrationState.UNKNOWN),
    ]
    assert [one.state for one in status(known, rows(known[:1]))] == [
        MigrationState.APPLIED,
        *[MigrationState.PENDING] * 3,
    ]
    assert status(known, rows(known))[0].applied == rows(known)[0]
