"""`trio-smith migrate`: what it prints, and its exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.examples.program import ROOT
from trio_smith.cli import main
from trio_smith.store.migrations._folder import own_migrations
from trio_smith.store.migrations._script import Database

OWN = [str(one) for one in own_migrations(Database.SQLITE)]
WIDE = max(map(len, OWN))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the scripts of an application, in the current directory."""
    monkeypatch.chdir(tmp_path)
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for number, table in ((1, "planets"), (2, "moons")):
        (scripts / f"{number:04}_{table}.up.sql").write_text(f"CREATE TABLE {table} (name text);", "utf-8")
        (scripts / f"{number:04}_{table}.down.sql").write_text(f"DROP TABLE {table};", "utf-8")
    return scripts


def test_the_way_of_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Look, plan, up, look again, down, verify: ours, by a plain path."""

    def prints(*arguments: str) -> str:
        assert main(["migrate", *arguments]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    assert prints("status", "x.db") == "".join(f"{name:{WIDE}}  pending\n" for name in OWN)
    assert prints("plan", "x.db").startswith("up 0001_store (")
    assert prints("up", "x.db", "--dry-run") == prints("plan", "x.db")
    assert not Path("x.db").exists()
    assert prints("up", "x.db") == "".join(f"up {name}\n" for name in OWN)
    assert prints("up", "x.db") == prints("plan", "sqlite:x.db") == "nothing to do\n"
    assert prints("status", "x.db").startswith(f"{OWN[0]:{WIDE}}  applied  20")
    assert prints("verify", "x.db") == f"all is well; applied: {len(OWN)}\n"
    assert f"down {OWN[0]} (" in prints("down", "x.db", "--to", "0", "--dry-run")
    assert prints("down", "x.db", "--to", "0") == "".join(f"down {name}\n" for name in reversed(OWN))
    assert prints("status", "x.db") == "".join(f"{name:{WIDE}}  pending\n" for name in OWN)


def test_an_application_has_a_history_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside ours, under its name."""
    mine = ["x.db", "--folder", "scripts", "--owner", "census"]
    assert main(["migrate", "up", "x.db"]) == 0
    capsys.readouterr()
    assert main(["migrate", "up", *mine, "--to", "1"]) == 0
    assert main(["migrate", "up", *mine]) == 0
    assert main(["migrate", "down", *mine, "--to", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "up 0001_planets",
        "up 0002_moons",
        "down 0002_moons",
    ]
    assert main(["migrate", "status", *mine]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("0001_planets  applied  20")
    assert second == "0002_moons    pending"


def test_what_is_refused_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1: the database or its history; 2: what was asked, or the scripts. Nothing on the standard output."""
    mine = ["x.db", "--folder", "scripts"]
    assert main(["migrate", "up", *mine]) == 0
    capsys.readouterr()

    def refused(code: int, says: str, *arguments: str) -> None:
        assert main(["migrate", *arguments]) == code
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"trio-smith migrate {arguments[0]}: ")
        assert says in err
        assert err.count("\n") == 1

    refused(2, "neither sqlite: nor postgresql://", "status", "census")
    refused(2, "there is no folder", "status", "x.db", "--owner", "me")
    refused(2, "has no migration 0009", "plan", *mine, "--to", "9")
    (folder / "0001_planets.up.sql").write_text("CREATE TABLE planets (title text);", "utf-8")
    refused(1, "have drifted: changed since applied: 0001_planets", "up", *mine)
    (folder / "0003_x.sql").write_text("SELECT 1;", "utf-8")
    refused(2, "'0003_x.sql'", "up", *mine)
    Path("letter.db").write_text("Dear Sir, this is a letter. " * 50, "utf-8")
    refused(1, "not a database. Name another file.", "status", "letter.db")
    refused(
        1, "cannot connect to 'postgresql://ada@/x?", "plan", f"postgresql://ada:hunter2@/x?host={folder}"
    )


@pytest.mark.parametrize("command", [["status"], ["plan"], ["up"], ["verify"], ["down", "--to", "0"]])
def test_every_command_says_what_is_wrong_with_the_place(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look too: a path with a mistake in it is no database that only lacks its tables."""
    for place, says in (
        ("sqlite:scripts", "it is a directory. Name a file in it.\n"),
        ("nowhere/x.db", "there is no directory '{}'. Make it, or name a file elsewhere.\n"),
        ("sqlite:///scripts/0001_planets.up.sql/x", "there is no directory '{}/scripts/0001_planets.up.sql'"),
    ):
        assert main(["migrate", *command, place]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        where = folder.parent / "nowhere" if "nowhere" in place else folder.parent
        assert says.format(where) in err
        assert err.startswith(f"trio-smith migrate {command[0]}: cannot use '{folder.parent}/")


def test_a_place_that_may_not_be_looked_at_is_told_as_such(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As any other that cannot be used: not by the error of the system, and its traceback."""
    stat = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "x.db":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    assert main(["migrate", "status", "x.db"]) == 1
    assert capsys.readouterr().err.endswith(
        "x.db': Permission denied. Give the process the right to read and write the file and its directory.\n"
    )
    assert main(["migrate", "status", f"sqlite:{'x' * 300}"]) == 1
    assert "File name too long" in capsys.readouterr().err


def test_no_server_is_said_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to look at, which is more than whether it runs; and libpq's own question is left out."""
    assert main(["migrate", "status", "postgresql://ada:hunter2@127.0.0.1:1/x"]) == 1
    err = capsys.readouterr().err
    assert "refused. See that the server runs, and that host, port, database, user and password" in err
    assert err.count("\n") == 1
    assert "?" not in err
    assert "hunter2" not in err


def test_verify_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the standard output, for that is its result."""
    mine = ["x.db", "--folder", "scripts"]
    assert main(["migrate", "up", *mine]) == 0
    (folder / "0001_planets.up.sql").write_text("CREATE TABLE planets (title text);", "utf-8")
    capsys.readouterr()
    assert main(["migrate", "verify", *mine]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "0001_planets is changed",
        "the schema itself was not compared: the history is not that of these scripts",
    ]


def test_an_empty_folder_has_no_migrations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which is no error: the first one is yet to be written."""
    (tmp_path / "empty").mkdir()
    assert main(["migrate", "status", "x.db", "--folder", "empty"]) == 0
    assert capsys.readouterr().out == "there are no migrations\n"


def test_ctrl_c_undoes_the_script_at_work(folder: Path, tmp_path: Path) -> None:
    """Within the statement; the exit code is that of an interruption."""
    long = (
        "CREATE TABLE moons (i integer); INSERT INTO moons WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0;"
    )
    (folder / "0002_moons.up.sql").write_text(long, "utf-8")
    running = subprocess.Popen(
        [sys.executable, "-m", "trio_smith", "migrate", "up", "x.db", "--folder", "scripts"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "up 0001_planets\n"
    time.sleep(0.3)  # for it to be within the statement; before it would do as well
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, "")
    assert err == "trio-smith migrate up: interrupted; the script at work was undone\n"
    assert main(["migrate", "verify", "x.db", "--folder", "scripts"]) == 0
