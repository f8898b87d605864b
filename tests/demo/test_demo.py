"""The demo as a person runs it: whole processes, their output, their exit codes, and Ctrl-C."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "trio_smith", "demo")
PATIENCE = 50.0
"""Seconds; below the minute after which the suite ends a stuck test itself."""


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        [*DEMO, *map(str, arguments)],
        check=False,
        **{"capture_output": True, "text": True, "timeout": PATIENCE, **options},
    )


def make_files(root: Path, number: int, text: str) -> None:
    """Write *number* files, a few in each directory."""
    for index in range(number):
        folder = root / f"p{index % 5}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{index}.py").write_text(text, "utf-8")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a tree that is counted in no time."""
    make_files(tmp_path, 40, "class C:\n    def m(self): pass\n")
    return tmp_path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a tree that takes far longer than a test waits."""
    make_files(tmp_path, 300, "x = [1, 2, 3]\n" * 4_000)
    return tmp_path


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Give a list for processes that are to be gone after the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(started: list[subprocess.Popen[str]], *arguments: object) -> subprocess.Popen[str]:
    """Start the demo as the leader of a process group of its own."""
    process = subprocess.Popen(
        [*DEMO, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started.append(process)
    return process


def wait_for_line(process: subprocess.Popen[str], beginning: str) -> None:
    """Read its progress up to a line."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(beginning):
            return
    pytest.fail(f"the demo ended before it said {beginning!r}")


@pytest.mark.parametrize(("rate", "seed"), [("0", 7), ("0.3", 1), ("0.3", 2), ("1", 3)])
def test_it_proves_itself(small: Path, rate: str, seed: int) -> None:
    """Whatever the crash rate and the seed."""
    done = run(small, "--crash-rate", rate, "--seed", seed)
    assert done.returncode == 0, done
    assert done.stdout.endswith("PROVEN: the supervised census equals the plain count\n")
    assert re.search(r"^files +40 +40$", done.stdout, re.MULTILINE)
    crashes = re.search(r"^supervision: ([\d,]+) crash", done.stdout, re.MULTILINE)
    assert crashes is not None
    assert (crashes[1] == "0") == (rate == "0")


def test_a_seed_fixes_the_crashes(small: Path) -> None:
    """Two processes with one seed crash alike, however they are scheduled; another seed crashes otherwise."""

    def supervision(seed: int) -> str:
        text = run(small, "--crash-rate", "0.5", "--seed", seed, "-q").stdout
        return text[text.index("supervision: ") :]

    assert supervision(5) == supervision(5)
    assert supervision(5) != supervision(6)


def test_in_a_pipe_there_is_nothing_but_text(small: Path) -> None:
    """No control characters in a log; results and progress apart."""
    done = run(small, text=False)
    assert done.returncode == 0
    assert re.fullmatch(rb"[\x20-\x7e\n]+", done.stdout)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stderr.decode())
    assert b"census of" in done.stderr
    assert b"census of" not in done.stdout


def test_on_a_terminal_one_line_of_progress_is_overwritten(large: Path, tmp_path: Path) -> None:
    """And Ctrl-C typed there works like the signal."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        [*DEMO, str(large)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            while shown.count(b"\rsupervised: ") < 3:
                shown += os.read(ours, 4096)
            process.send_signal(signal.SIGINT)
            while True:
                try:
                    shown += os.read(ours, 4096)
                except OSError:  # the other end has been closed
                    break
            assert process.wait(PATIENCE) == 130
        finally:
            process.kill()
            os.close(ours)
    assert b"\x1b" not in shown
    progress = shown[shown.index(b"\rsupervised: ") : shown.index(b"interrupted: ")]
    assert b"\n" not in progress
    assert all(len(line.rstrip(b"\b")) < 80 for line in progress.split(b"\r"))


@pytest.mark.parametrize("presses", [1, 2, 5])
def test_ctrl_c_stops_the_tree_in_order(
    large: Path, started: list[subprocess.Popen[str]], presses: int
) -> None:
    """Within seconds, with what had been done, and without a traceback, however often it is pressed."""
    process = start(started, large, "--crash-rate", "0.2")
    wait_for_line(process, "supervised: ")
    began = time.monotonic()
    for _ in range(presses):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert time.monotonic() - began < 10
    assert out == ""
    assert "Traceback" not in err
    assert re.search(r"^interrupted: [\d,]+ files? and [\d,]+ lines? counted; ", err, re.MULTILINE)
    assert "\nstopped in this order: " in err
    assert err.endswith("nothing is proven\n")
    with pytest.raises(ProcessLookupError):  # nothing of its process group is left
        os.killpg(process.pid, 0)


def test_a_missing_path_is_said_in_words(tmp_path: Path) -> None:
    """Exit code 2, and one line."""
    done = run(tmp_path / "gone")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"trio-smith demo: cannot count {tmp_path}/gone: No such file or directory. "
        "Give a directory with Python sources, or a Python file.\n"
    )


def test_what_cannot_be_counted_is_counted_and_named(small: Path) -> None:
    """And is no failure: a directory like a file, a dangling link, a circle, a pipe, hostile sources."""
    (small / "dir.py").mkdir()
    (small / "dangling.py").symlink_to("nowhere")
    (small / "circle").symlink_to(".")
    os.mkfifo(small / "pipe.py")
    (small / "broken.py").write_bytes(b"def f(:\n")
    (small / "null.py").write_bytes(b"x = 1\0\n")
    (small / "bytes.py").write_bytes(b"x = '\xe9'\n")
    (small / "latin.py").write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    (small / "deep.py").write_bytes(b"-" * 100_000 + b"1\n")
    (small / "bad\udcff\x1b[31m\n.py").write_bytes(b"")
    done = run(small, "--crash-rate", "0.5")
    assert done.returncode == 0, done
    assert "\nunreadable:\n  dangling.py: No such file or directory\n" in done.stdout
    assert "\n  pipe.py: not a regular file\nsyntax errors:\n" in done.stdout
    named = re.search(r"\nsyntax errors:\n((?:  .*\n)+)", done.stdout)
    assert named is not None
    assert [line.split(":")[0].strip() for line in named[1].splitlines()] == [
        "broken.py",
        "bytes.py",
        "deep.py",
        "null.py",
    ]
    assert re.search(r"^files +48 +48$", done.stdout, re.MULTILINE)
    assert "\x1b" not in done.stdout


def test_results_that_cannot_be_written_are_a_failure(small: Path) -> None:
    """A full disk, and a reader who has gone: clear words or none, and no traceback."""
    with Path("/dev/full").open("w") as full:
        done = run(small, "-q", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == "trio-smith demo: cannot write the results: No space left on device\n"
    reader, writer = os.pipe()
    os.close(reader)
    done = run(small, "-q", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    assert done.returncode == 141
    assert done.stderr == ""
    assert run(small, capture_output=False, stdout=writer, stderr=writer).returncode == 141
    os.close(writer)


def test_it_needs_no_standard_streams(small: Path) -> None:
    """Started by something that has closed them, it still says by its exit code whether it is proven."""
    command = '"$@" <&- >&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", command, "sh", *DEMO, str(small)], timeout=PATIENCE, check=False)
    assert done.returncode == 0


def test_it_speaks_ascii_where_nothing_else_is_understood(small: Path) -> None:
    """The lines of the tree become plain ones, and a name that cannot be shown is escaped."""
    (small / "é.py").symlink_to("nowhere")
    done = run(small, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})
    assert done.returncode == 0
    assert "|- results  [supervisor" in done.stderr
    assert "\n  \\xe9.py: No such file or directory\n" in done.stdout


def test_the_script_is_the_module() -> None:
    """Whatever it was installed as."""
    (script,) = metadata.entry_points(group="console_scripts", name="trio-smith") or (None,)
    assert script is None or script.value == "trio_smith.cli:main"
    done = subprocess.run(
        [sys.executable, "-m", "trio_smith", "--version"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "trio-smith")
