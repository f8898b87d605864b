"""`trio-smith run` and `tree` within this process; tests/run has them as processes of their own."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from trio_smith.cli import main
from trio_smith.runtime._run_dir import socket_in

APPLICATION = """
import trio
import trio_smith as smith

async def crash():
    raise ValueError("boom")

brief = smith.SupervisorSpec(children=(smith.child(trio.sleep, 0, name="nap"),))
crashing = smith.SupervisorSpec(max_restarts=0, children=(smith.child(crash, name="crash"),))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an application, and another one for sockets in it."""
    (tmp_path / "runnable.py").write_text(APPLICATION, "utf-8")
    for tree in ("brief", "crashing"):
        (tmp_path / f"{tree}.toml").write_text(f'[app]\ntree = "runnable:{tree}"\nrun_dir = "run"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "runnable", raising=False)
    return tmp_path


def test_a_tree_is_run_to_its_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Logs go to the standard error, nothing to the standard output."""
    assert main(["run", "brief.toml"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "app is ready" in err


def test_a_tree_that_fails_is_told_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the log if that is on the standard error, else by a line there."""
    assert main(["run", "crashing.toml"]) == 1
    assert "trio-smith run:" not in capsys.readouterr().err
    assert main(["run", "crashing.toml", "--set", "logging.stream=stdout"]) == 1
    out, err = capsys.readouterr()
    assert "CRITICAL" in out
    assert err.startswith("trio-smith run: supervisor 'app' gave up on 'crash'")
    assert len(err.splitlines()) == 1


def test_a_log_file_that_cannot_be_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started: a program without its log is not what was asked for."""
    assert main(["run", "brief.toml", "--set", "logging.file=no/such/folder"]) == 2
    err = capsys.readouterr().err
    assert "trio-smith run: --set: logging.file: it cannot be opened (No such file or directory). Name" in err
    assert "ready" not in err


def test_who_asks_for_a_tree_is_told_if_there_is_none_or_several(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And how to say which."""
    assert main(["tree", "--run-dir", "run"]) == 1
    assert "no program can be asked in run. Start one" in capsys.readouterr().err
    (folder / "run").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        for number, listener in ((1, one), (2, other)):
            listener.bind(str(socket_in(folder / "run", number)))
            listener.listen(8)
        assert main(["tree", "--list", "--run-dir", "run"]) == 0
        assert capsys.readouterr().out == "1\n2\n"
        assert main(["tree", "--run-dir", "run"]) == 2
        assert "several programs run, say which: 1, 2." in capsys.readouterr().err
    assert main(["tree", str(os.getpid()), "--run-dir", "run"]) == 1
    assert "no trio-smith run of that number is in run" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["tree", "x"])
    assert "'x': give the number of a process" in capsys.readouterr().err
