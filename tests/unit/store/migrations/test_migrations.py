"""Up, down and what is seen of it, in both kinds of databases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.store.migrations.stage import SCRIPTS, ask, history, schema, write
from trio_smith.store import (
    BadMigration,
    BadStoreUrl,
    MigrationDrift,
    MigrationFailed,
    MigrationGap,
    MigrationState,
    MigrationWay,
    NoWayDown,
    StoreFailed,
    StoreTooNew,
    UnknownMigration,
    migrate,
    open_migrations,
)


async def test_our_own_go_up_and_down_and_up_again(url: str) -> None:
    """And the second schema is the first one: what a down script forgets would be found here."""
    async with open_migrations(url) as migrations:
        assert [str(step) for step in await migrations.up()] == [f"up {one}" for one in migrations.known]
        first = schema(url)
        assert all(name.partition(" ")[2].startswith("smith_") for name in first)
        assert len(first) > 12
        assert await migrations.up() == ()
        assert len(await migrations.down(to=0)) == len(migrations.known)
        assert schema(url) == {}
        assert history(url) == []
        assert await migrations.down(to=0) == ()
        await migrations.up()
    assert schema(url) == first


async def test_each_step_of_an_application_goes_up_and_down_again(url: str, tmp_path: Path) -> None:
    """One by one, to a number and back; data that the scripts do not touch stays."""
    async with open_migrations(url, folder=write(tmp_path / "scripts")) as migrations:
        schemas = [{}]
        for number in (1, 2, 3):
            assert len(await migrations.up(number)) == 1
            schemas.append(schema(url))
        assert ask(url, "SELECT name FROM planets") == [("; Mars",)]
        for number in (2, 1, 0):
            assert len(await migrations.down(to=number)) == 1
            assert schema(url) == schemas[number]
        assert len(await migrations.up()) == 3
        assert schema(url) == schemas[3]
        assert await migrations.up(1) == ()  # it is beyond
        assert await migrations.down(to=3) == ()


async def test_the_history_tells_what_was_done(url: str, tmp_path: Path) -> None:
    """By owner, with the clock of the database."""
    folder = write(tmp_path / "scripts")
    await migrate(url)
    await migrate(url, 2, folder=folder, owner="stars")
    assert history(url)[-2:] == [("stars", 1, "planets"), ("stars", 2, "moons")]
    assert {owner for owner, *_ in history(url)} == {"smith", "stars"}
    async with open_migrations(url, folder=folder, owner="stars") as migrations:
        first, second, third = await migrations.status()
    assert [first.state, second.state, third.state] == [
        MigrationState.APPLIED,
        MigrationState.APPLIED,
        MigrationState.PENDING,
    ]
    assert first.applied is not None
    assert first.applied.checksum == migrations.known[0].checksum
    assert 0 <= first.applied.took_seconds < 60
    assert 1.7e9 < first.applied.applied_at < 1e10
    assert third.applied is None


async def test_a_look_makes_nothing(url: str, tmp_path: Path) -> None:
    """Neither a table nor a file."""
    async with open_migrations(url) as migrations:
        assert [step.migration for step in await migrations.plan()] == [*migrations.known]
        assert await migrations.plan(0, way=MigrationWay.DOWN) == ()
        assert (await migrations.status())[0].state is MigrationState.PENDING
        assert (await migrations.verify()).applied == 0
        assert await migrations.down(to=0) == ()
    if url.startswith("sqlite:"):
        assert os.listdir(tmp_path) == []  # noqa: PTH208 - what blocks for no time
    else:
        assert ask(url, "SELECT to_regclass('smith_migrations')") == [(None,)]


async def test_a_broken_script_leaves_what_was_before_it(url: str, tmp_path: Path) -> None:
    """The error says the file, the line and the database's reason; mended, the next run goes on."""
    broken = (
        "CREATE TABLE moons (a text);\n\nINSERT INTO moons\n  VALUES (\n  oops);\nCREATE TABLE x (a int);"
    )
    folder = write(tmp_path / "scripts", {**SCRIPTS, "0002_moons.up.sql": broken})
    async with open_migrations(url, folder=folder) as migrations:
        with pytest.raises(MigrationFailed, match=r"0002_moons\.up\.sql, line [35]: .*oops") as caught:
            await migrations.up()
        assert caught.value.line == (3 if url.startswith("sqlite:") else 5)
    assert history(url) == [("application", 1, "planets")]
    assert not any("moons" in name or name == "table x" for name in schema(url))
    assert len(await migrate(url, folder=write(folder))) == 2


REFUSALS = [
    (MigrationDrift, ("0001_planets.up.sql", "CREATE TABLE planets (name text);"), "SELECT 1"),
    (MigrationDrift, None, "UPDATE smith_migrations SET name = 'x' WHERE number = 1"),
    (StoreTooNew, None, "UPDATE smith_migrations SET number = 4 WHERE number = 2"),
    (MigrationGap, None, "UPDATE smith_migrations SET number = 3 WHERE number = 2"),
    (MigrationGap, None, "DELETE FROM smith_migrations WHERE number = 1"),
]


@pytest.mark.parametrize(("kind", "edited", "by_hand"), REFUSALS)
async def test_what_does_not_fit_is_refused_before_anything_is_done(
    kind: type[Exception], edited: tuple[str, str] | None, by_hand: str, url: str, tmp_path: Path
) -> None:
    """An edited script, an edited history, gaps, a newer database: both ways, and nothing changes."""
    folder = write(tmp_path / "scripts")
    await migrate(url, 2, folder=folder)
    write(folder, dict([edited] if edited else []))
    ask(url, by_hand)
    before = schema(url), history(url)
    async with open_migrations(url, folder=folder) as migrations:
        with pytest.raises(kind):
            await migrations.up()
        with pytest.raises(kind):
            await migrations.down(to=0)
        with pytest.raises(kind):
            await migrations.plan()
        assert (await migrations.verify()).problems != ()
    assert (schema(url), history(url)) == before


async def test_a_way_that_there_is_not_is_refused_before_anything_is_done(url: str, tmp_path: Path) -> None:
    """Not half of it."""
    folder = write(tmp_path / "scripts")
    await migrate(url, 2, folder=folder)
    (folder / "0001_planets.down.sql").unlink()
    async with open_migrations(url, folder=folder) as migrations:
        with pytest.raises(UnknownMigration):
            await migrations.up(4)
        with pytest.raises(NoWayDown):
            await migrations.down(to=0)
    assert len(history(url)) == 2


async def test_a_table_of_the_name_that_is_another_is_refused(url: str) -> None:
    """With what the database says."""
    ask(url, "CREATE TABLE smith_migrations (a integer)")
    async with open_migrations(url) as migrations:
        with pytest.raises(StoreFailed, match="number"):
            await migrations.up()


async def test_a_down_script_may_be_mended(url: str, tmp_path: Path) -> None:
    """It was not run yet, so nothing has drifted."""
    folder = write(tmp_path / "scripts", {**SCRIPTS, "0001_planets.down.sql": "DROP TABLE plants;"})
    await migrate(url, 1, folder=folder)
    async with open_migrations(url, folder=folder) as migrations:
        with pytest.raises(MigrationFailed, match=r"0001_planets\.down\.sql, line 1: .*plants"):
            await migrations.down(to=0)
    async with open_migrations(url, folder=write(folder)) as migrations:
        assert len(await migrations.down(to=0)) == 1


async def test_verify_compares_the_schema_with_what_the_scripts_make(url: str, tmp_path: Path) -> None:
    """Beside those of others; a table that somebody changed by hand is found."""
    folder = write(tmp_path / "scripts")
    await migrate(url)
    await migrate(url, 2, folder=folder)
    for place in (None, folder):
        async with open_migrations(url, folder=place) as migrations:
            found = await migrations.verify()
            assert (found.problems, found.not_compared) == ((), None)
    assert found.applied == 2
    ask(url, "DROP INDEX moons_name")
    ask(url, "ALTER TABLE planets ADD COLUMN age integer")
    ask(url, "CREATE TABLE smith_spare (a integer)")
    async with open_migrations(url, folder=folder) as migrations:
        problems = (await migrations.verify()).problems
        assert "index moons_name is missing" in problems
        if url.startswith("sqlite:"):
            assert "table planets is another" in problems
    async with open_migrations(url) as migrations:
        assert "table smith_spare should not be there" in (await migrations.verify()).problems


async def test_verify_says_what_is_wrong_with_the_history(url: str, tmp_path: Path) -> None:
    """All of it, and then there is nothing to compare."""
    folder = write(tmp_path / "scripts")
    await migrate(url, folder=folder)
    write(folder, {"0001_planets.up.sql": "SELECT 1;", "0003_size.up.sql": "SELECT 2;"})
    async with open_migrations(url, folder=folder) as migrations:
        found = await migrations.verify()
    assert found.problems == ("0001_planets is changed", "0003_size is changed")
    assert found.not_compared is not None


async def test_what_is_asked_wrongly_is_refused(tmp_path: Path) -> None:
    """Before anything is opened."""
    folder = write(tmp_path / "scripts")
    for wrong in ({"owner": "x"}, {"folder": folder, "owner": "smith"}, {"folder": folder, "owner": "X"}):
        with pytest.raises(BadMigration, match="as an owner"):
            await migrate("x.db", **wrong)
    with pytest.raises(BadStoreUrl):
        await migrate("x")
