"""A program from its start to its end, and the commands that ask it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path

from tests.run.program import COMMAND, PATIENCE, command, program


def test_a_tree_that_comes_to_its_own_end_is_done(tmp_path: Path) -> None:
    """Exit code 0."""
    with program(tmp_path, "brief") as running:
        code, out, err = running.end()
    assert (code, out) == (0, "")
    assert "is ready" in err


def test_a_tree_that_gives_up_has_failed(tmp_path: Path) -> None:
    """Exit code 1; each line is one JSON object, the last one says why."""
    with program(
        tmp_path, "crashing", "--log-format", "json", "--set", "supervision.max_restarts=1"
    ) as running:
        code, out, err = running.end()
    assert (code, out) == (1, "closed after 0\n")
    events = [json.loads(line) for line in err.splitlines()]
    assert [one["message"] for one in events if one["level"] == "warning"] == [
        "crash: crashed (incarnation 1)",
        "crash: crashed (incarnation 2)",
    ]
    assert events[-1]["level"] == "critical"
    assert events[-1]["error"].startswith("RestartIntensityExceeded: supervisor 'app' gave up on 'crash'")


def test_a_failure_is_told_on_the_terminal_if_the_log_is_elsewhere(tmp_path: Path) -> None:
    """In one line, without a traceback."""
    with program(tmp_path, "crashing", more='[logging]\nfile = "app.log"\n') as running:
        code, _, err = running.end()
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("trio-smith run: supervisor 'app' gave up on 'crash'")
    assert "crashed (incarnation 4)" in (tmp_path / "app.log").read_text("utf-8")


def test_a_running_program_tells_its_tree_and_its_service_manager(tmp_path: Path) -> None:
    """To its owner, by number or as the only one; and to systemd, by datagrams."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"}
        with program(tmp_path, "quiet", environment=environment) as running:
            assert manager.recv(100) == b"WATCHDOG=1"
            assert manager.recv(100) == b"READY=1\nSTATUS=running"
            pid = str(running.process.pid)
            for arguments in ((pid,), ()):
                done = command(tmp_path, "tree", *arguments, "--run-dir", "run")
                assert done.stdout == (
                    f"app, process {pid}, ready\n"
                    "app  [supervisor one_for_one, running]\n"
                    "└─ worker  [actor Worker, running]\n"
                )
                assert (done.returncode, done.stderr) == (0, "")
            assert command(tmp_path, "tree", "--list", "--run-dir", "run").stdout == f"{pid}\n"
            running.signal("SIGTERM")
            assert running.end()[0] == 0
            assert manager.recv(100) == b"STOPPING=1"
        done = command(tmp_path, "tree", pid, "--run-dir", "run")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"process {pid} did not tell its tree: no trio-smith run of that number" in done.stderr


def test_it_runs_without_standard_streams(tmp_path: Path) -> None:
    """Started by something that has closed them, or whose reader goes away."""
    (tmp_path / "application.py").write_text("", "utf-8")
    with program(tmp_path, "quiet") as running:
        running.wait_for("is ready")
        assert running.process.stderr is not None
        running.process.stderr.close()
        running.signal("SIGUSR1")
        time.sleep(0.1)  # in earnest: it has to find that nobody reads
        running.signal("SIGTERM")
        assert running.process.wait(PATIENCE) == 0
    shell = ["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh"]
    settings = ["run", "app.toml", "--set", "app.name=closed"]
    (tmp_path / "app.toml").write_text('[app]\ntree = "application:brief"\n', "utf-8")
    done = subprocess.run([*shell, *COMMAND, *settings], cwd=tmp_path, timeout=PATIENCE, check=False)
    assert done.returncode == 0


def test_a_reader_that_has_gone_is_no_traceback(tmp_path: Path) -> None:
    """As with `| head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    for arguments in (["config", "show"], ["doctor"], ["completion", "bash"], ["tree", "--list"]):
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (141, "")
    os.close(writer)
