"""Signals before the runtime is there to answer them, and after it has gone: the exit code stays right."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.run.program import program


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_a_signal_that_is_no_wish_to_stop_does_not_end_a_program_that_is_being_read(
    tmp_path: Path, name: str
) -> None:
    """The modules of an application may take seconds to import; who reloads it meanwhile must not end it."""
    with program(tmp_path, "quiet", environment={"SLOW": "import"}) as running:
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "slow import\n"
        running.signal(name)
        running.wait_for("is ready")
        running.signal("SIGTERM")
        code, out, _ = running.end()
    assert (code, out) == (0, "closed after 0\n")


@pytest.mark.parametrize("place", ["atexit", "last"])
@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        ("SIGTERM", "SIGTERM", 0),
        ("SIGINT", "SIGINT", 130),
        ("SIGTERM", "SIGHUP", 0),
        ("SIGTERM", "SIGUSR1", 0),
    ],
)
def test_a_signal_after_the_stop_changes_no_exit_code(
    tmp_path: Path, place: str, first: str, later: str, expected: int
) -> None:
    """Python itself takes a moment to end: who looks at the code must not read of a death by a signal."""
    with program(tmp_path, "quiet", environment={"SLOW": place}) as running:
        running.wait_for("is ready")
        running.signal(first)
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "closed after 0\n"
        assert running.process.stdout.readline() == f"slow {place}\n"
        running.signal(later)
        code, _, err = running.end()
    assert code == expected
    assert "Traceback" not in err


def test_a_thread_that_does_not_end_holds_a_program_up_for_two_seconds_after_the_second_signal(
    tmp_path: Path,
) -> None:
    """Also when the tree has stopped already: Python waits for threads, and the second signal does not."""
    with program(tmp_path, "threaded") as running:
        running.wait_for("is ready")
        running.signal("SIGTERM")
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "closed after 0\n"
        time.sleep(0.3)  # in earnest: the tree has ended, and Python waits for the thread
        assert running.process.poll() is None
        running.signal("SIGTERM")
        began = time.monotonic()
        _, err = running.process.communicate(timeout=10)
        assert time.monotonic() - began < 4
    assert running.process.returncode == 1
    assert "Timeout (0:00:02)!" in err
