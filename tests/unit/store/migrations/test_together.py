"""Several runners at once, and databases that cannot be written to."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
import trio

from tests.examples.program import ROOT
from tests.unit.store.migrations.stage import ask, faulty, history, write
from trio_smith.store import (
    BadStoreUrl,
    MissingExtra,
    StoreBusy,
    StoreCorrupt,
    StoreReadOnly,
    StoreUnavailable,
    migrate,
    open_migrations,
)

RUNNER = """
import sys
import trio
from trio_smith.store import migrate

async def main():
    steps = await migrate(sys.argv[1], folder=sys.argv[2], wait=30)
    print(*steps, sep="\\n")

trio.run(main)
"""
NUMBERS = 8
SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)"
    " SELECT sum(i) FROM n;",
    "postgresql": "SELECT pg_sleep(0.05);",
}


def test_processes_that_migrate_at_once_share_the_steps(url: str, tmp_path: Path) -> None:
    """Each step is taken by one of them, and all of them succeed."""
    # Each takes so long that the runners meet.
    slow = SLOW[url.partition(":")[0]]
    scripts = {
        f"{number:04}_t.up.sql": f"{slow} CREATE TABLE t{number} (a integer);"
        for number in range(1, NUMBERS + 1)
    }
    folder = write(tmp_path / "scripts", scripts)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RUNNER, url, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [one.communicate(timeout=60)[0].split("\n") for one in started]
    assert [one.returncode for one in started] == [0, 0, 0]
    taken = sorted(line for lines in said for line in lines if line)
    assert taken == [f"up {number:04}_t" for number in range(1, NUMBERS + 1)]
    assert len(history(url)) == NUMBERS


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_who_waits_too_long_hears_who_is_in(
    journal: str, url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """And afterwards nothing is left to do."""
    folder = write(tmp_path / "scripts")
    if url.startswith("sqlite:"):
        ask(url, f"PRAGMA journal_mode = {journal}")
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        leave.wait(20)

    async def hold() -> None:
        async with faulty(url, folder, at=6, deed=stay) as migrations:
            await migrations.up()

    async def wait() -> None:
        async with open_migrations(url, folder=folder, wait=0.2) as migrations:
            await migrations.up()

    holder = threading.Thread(target=trio.run, args=(hold,))
    holder.start()
    inside.wait(20)
    try:
        says = (
            "another connection has locked the file"
            if url.startswith("sqlite:")
            else r"pid \d+ .*migrates it"
        )
        with pytest.raises(StoreBusy, match=f"waited to migrate .*{says} for 0.2 s"):
            trio.run(wait)
    finally:
        leave.set()
        holder.join()
    trio.run(wait)
    assert len(history(url)) == 3


def test_who_waited_sees_what_was_done_meanwhile(url: str, tmp_path: Path) -> None:
    """Also the table of the history, which was not there when it looked first."""
    folder = write(tmp_path / "scripts")
    inside, leave = threading.Event(), threading.Event()
    taken: list[str] = []

    def stay() -> None:
        inside.set()
        leave.wait(20)

    async def hold() -> None:
        async with faulty(url, folder, at=6, deed=stay) as migrations:
            taken.extend(map(str, await migrations.up(1)))

    async def wait() -> None:
        async with open_migrations(url, folder=folder) as migrations, trio.open_nursery() as nursery:

            @nursery.start_soon
            async def other() -> None:
                await trio.sleep(0.3)
                leave.set()

            taken.extend(map(str, await migrations.up()))

    holder = threading.Thread(target=trio.run, args=(hold,))
    holder.start()
    inside.wait(20)
    trio.run(wait)
    holder.join()
    assert sorted(taken) == ["up 0001_planets", "up 0002_moons", "up 0003_size"]


async def test_a_script_waits_for_a_table_no_longer_than_it_may(postgres: str, tmp_path: Path) -> None:
    """Everybody who wants the table stands behind it meanwhile."""
    folder = write(tmp_path / "scripts")
    await migrate(postgres, 2, folder=folder)
    with psycopg.connect(postgres) as connection:
        connection.execute("SELECT * FROM moons")
        with pytest.raises(StoreBusy, match=r"others hold what the script needs: .*lock timeout"):
            await migrate(postgres, folder=folder, wait=0.2)
    assert len(await migrate(postgres, folder=folder)) == 1


async def test_what_a_script_sets_for_its_session_ends_with_it(postgres: str, tmp_path: Path) -> None:
    """So that a step does the same whether it is the first of a run or not; its history is found."""
    scripts = {
        "0001_a.up.sql": "SET search_path = ''; SET work_mem = '64kB'; CREATE TABLE public.a (b integer);",
        "0002_b.up.sql": "INSERT INTO a SELECT 1 WHERE current_setting('work_mem') = '64kB';",
    }
    assert len(await migrate(postgres, folder=write(tmp_path / "scripts", scripts))) == 2
    assert ask(postgres, "SELECT * FROM a") == []


async def test_signs_of_parameters_in_a_script_are_none(url: str, tmp_path: Path) -> None:
    """A script is run as it is."""
    strange = "CREATE TABLE a (b text);\nINSERT INTO a VALUES ('100%s :now %(x)s ?');"
    await migrate(url, folder=write(tmp_path / "scripts", {"0001_a.up.sql": strange}))
    assert ask(url, "SELECT b FROM a") == [("100%s :now %(x)s ?",)]


async def test_verify_says_where_scripts_cannot_be_run_again(postgres: str, tmp_path: Path) -> None:
    """They name a schema, so they would meet what is there; then only the checksums are compared."""
    folder = write(tmp_path / "scripts", {"0001_a.up.sql": "CREATE TABLE public.a (b integer);"})
    await migrate(postgres, folder=folder)
    async with open_migrations(postgres, folder=folder) as migrations:
        found = await migrations.verify()
    assert found.problems == ()
    assert found.not_compared is not None
    assert 'relation "a" already exists' in found.not_compared
    assert ask(postgres, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'smith%'") == []


async def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A mistyped name must not cost a file."""
    path = trio.Path(tmp_path / "letter.db")
    await path.write_text("Dear Sir, this is a letter. " * 50)
    for call in (migrate(f"sqlite:{path}"), _verify(f"sqlite:{path}")):
        with pytest.raises(StoreCorrupt, match=r"letter\.db.*not a database"):
            await call
    assert (await path.read_text()).startswith("Dear Sir")
    with pytest.raises(StoreUnavailable, match="there is no directory"):
        await migrate(str(tmp_path / "nowhere" / "x.db"))
    with pytest.raises(StoreUnavailable):
        await migrate(f"sqlite:{tmp_path}")


async def _verify(url: str) -> None:
    async with open_migrations(url) as migrations:
        await migrations.verify()


async def test_a_database_that_cannot_be_written_to_is_said_so(url: str, tmp_path: Path) -> None:
    """And what is only looked at can be seen."""
    folder = write(tmp_path / "scripts")
    await migrate(url, 1, folder=folder)
    if url.startswith("sqlite:"):
        # "Written by a newer version": SQLite then reads such a file only. As root, no right is missing.
        with (tmp_path / "migrated.db").open("r+b") as file:
            file.seek(18)
            file.write(b"\x03")
    else:
        ((name,),) = ask(url, "SELECT current_database()")
        ask(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with open_migrations(url, folder=folder) as migrations:
        with pytest.raises(StoreReadOnly):
            await migrations.up()
        assert len(await migrations.plan()) == 2
    assert len(history(url)) == 1


async def test_a_server_that_is_not_there_is_said_so_without_the_password(tmp_path: Path) -> None:
    """What libpq says, on one line."""
    url = f"postgresql://ada:hunter2@/x?host={tmp_path}"
    with pytest.raises(StoreUnavailable, match="No such file") as caught:
        await migrate(url)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(StoreUnavailable, match="oops"):
        await migrate("postgresql:///x?oops=1")


async def test_leaving_while_it_connects_closes_what_comes_of_it(postgres: str) -> None:
    """Also when it comes to nothing, or too late."""
    for seconds in (0.0, 0.001, 0.003, 0.01):
        with trio.move_on_after(seconds):
            async with open_migrations(postgres):
                pass
    with trio.fail_after(10):
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        while (left := ask(postgres, count)) != [(1,)]:  # noqa: ASYNC110 - the server tells nobody
            await trio.sleep(0.01)
    assert left == [(1,)]  # only the one who asks


async def test_without_psycopg_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SQLite needs nothing."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'trio-smith\[postgres\]'"):
        await migrate("postgresql://h/x")
    refuse = ImportError("no pq wrapper available.\nAttempts made: none")
    without_libpq = Mock(import_module=Mock(side_effect=refuse))
    monkeypatch.setattr("trio_smith.store.migrations._postgres.importlib", without_libpq)
    with pytest.raises(MissingExtra, match=r"no pq wrapper available\. Attempts made: none\. Install it"):
        await migrate("postgresql://h/x")
    with pytest.raises(BadStoreUrl):
        await migrate("mysql://h/x")
    assert len(await migrate(str(tmp_path / "x.db"))) > 0
