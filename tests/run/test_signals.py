"""Real signals to real programs: the documented outcome, the exit code, and nothing left behind."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.run.program import command, program


def counts(out: str) -> tuple[int, int]:
    """Return how many jobs were sent, and how many were done when the worker closed."""
    sent = re.search(r"^sent (\d+)$", out, re.MULTILINE)
    done = re.search(r"^closed after (\d+)$", out, re.MULTILINE)
    assert sent is not None, out
    assert done is not None, out
    return int(sent[1]), int(done[1])


def test_sigterm_during_the_start_stops_what_has_started(tmp_path: Path) -> None:
    """In order, and that is a clean stop: exit code 0."""
    with program(tmp_path, "starting") as running:
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "starting\n"
        running.signal("SIGTERM")
        code, out, err = running.end()
    assert (code, out) == (0, "closed after 0\n")
    assert "SIGTERM: stopping" in err
    assert "is ready" not in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("name", "expected"), [("SIGTERM", 0), ("SIGINT", 130)])
def test_one_signal_under_load_loses_nothing(tmp_path: Path, name: str, expected: int) -> None:
    """The source stops first, what waits is handled, then the tree is stopped in order."""
    with program(tmp_path, "loaded", "--log-level", "debug") as running:
        running.wait_for("is ready")
        time.sleep(0.2)  # in earnest: work has to pile up
        running.signal(name)
        code, out, err = running.end()
    sent, done = counts(out)
    assert sent == done > 0
    assert code == expected
    assert (
        err.index("stopping, drain: done") < err.index("stopping, tree: done") < err.index("stopping, flush")
    )
    assert "Traceback" not in err


@pytest.mark.parametrize(("names", "expected"), [(("SIGTERM", "SIGTERM"), 1), (("SIGINT", "SIGINT"), 130)])
def test_a_second_signal_during_the_drain_stops_at_once(
    tmp_path: Path, names: tuple[str, ...], expected: int
) -> None:
    """The lifespan is closed all the same; SIGTERM twice was no clean stop."""
    with program(tmp_path, "overloaded") as running:
        running.wait_for("is ready")
        running.signal(names[0])
        running.wait_for("stopping; once more")
        began = time.monotonic()
        time.sleep(0.2)  # in earnest: it drains, for ten seconds if it is let
        assert running.process.poll() is None
        running.signal(names[1])
        code, out, err = running.end()
    assert time.monotonic() - began < 2.5
    assert code == expected
    assert "closed after" in out
    assert f"{names[1]} again: stopping now" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("tree", ["blocked", "swallowing"])
def test_a_program_that_cannot_be_stopped_is_ended_two_seconds_after_the_second_signal(
    tmp_path: Path, tree: str
) -> None:
    """Its loop is blocked, or a child swallows every cancellation: the stacks say where."""
    with program(tmp_path, tree) as running:
        if tree == "blocked":
            assert running.process.stdout is not None
            assert running.process.stdout.readline() == "blocking\n"
        else:
            running.wait_for("is ready")
        running.signal("SIGTERM", "SIGTERM")
        began = time.monotonic()
        _, err = running.process.communicate(timeout=10)
        assert time.monotonic() - began < 4
    assert running.process.returncode == 1
    assert "Timeout (0:00:02)!" in err
    if tree == "blocked":
        assert "in block" in err
    # The next program takes the socket away that it had no time to.
    assert command(tmp_path, "tree", "--list", "--run-dir", "run").stdout == "no program can be asked\n"
    assert list((tmp_path / "run").iterdir()) == []


def test_a_program_whose_log_nobody_reads_is_ended_too(tmp_path: Path) -> None:
    """It hangs in the writing of a line, and its stacks can be written nowhere."""
    with program(tmp_path, "chattering") as running:
        running.wait_for("is ready")
        time.sleep(0.5)  # in earnest: the pipe has to fill
        running.signal("SIGTERM", "SIGTERM")
        assert running.process.wait(10) == 1


def test_whoever_asks_again_and_again_does_not_put_the_end_off(tmp_path: Path) -> None:
    """The two seconds begin with the second signal, and not with the last one."""
    with program(tmp_path, "swallowing") as running:
        running.wait_for("is ready")
        running.signal("SIGINT", "SIGINT")
        began = time.monotonic()
        while running.process.poll() is None and time.monotonic() - began < 5:
            running.signal("SIGINT")
            time.sleep(0.5)  # in earnest: as a person does who has had enough
        assert running.process.poll() == 1


def test_sighup_reads_the_settings_again_and_sigusr1_shows_the_tree(tmp_path: Path) -> None:
    """A good file takes effect, a broken one changes nothing; all of it is in the log."""
    with program(tmp_path, "quiet") as running:
        running.wait_for("is ready")
        file = tmp_path / "app.toml"
        good = file.read_text("utf-8")
        file.write_text(good + '[shutdown]\ndrain = "3s"\n', "utf-8")
        running.signal("SIGHUP")
        running.wait_for('INFO    trio_smith.runtime: reload: shutdown.drain = "3s" (was "10s")')
        file.write_text(good + "[shutdown]\ndrain = 3\n", "utf-8")
        running.signal("SIGHUP")
        line = running.wait_for(
            "ERROR   trio_smith.runtime: reload: app.toml, line 5: shutdown.drain: 3 has no unit"
        )
        assert 'Write a text with a unit: "3s".' in line
        running.wait_for("nothing is changed, the last good settings stay")
        file.unlink()
        running.signal("SIGHUP")
        running.wait_for("app.toml: there is no such file")
        running.wait_for("nothing is changed")
        running.signal("SIGUSR1")
        running.wait_for("tree: app  [supervisor one_for_one, running]")
        running.wait_for("tree: └─ worker  [actor Worker, running]")
        running.signal("SIGTERM")
        code, _, err = running.end()
    assert code == 0
    assert "Traceback" not in err
