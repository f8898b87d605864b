"""A census that keeps its counts in a store goes on where it was ended, whoever ended it, and how."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

FILES = 150

# The demo, with a list of all sources that it opened while it counted under supervision: an audit hook sees
# every open(), whoever calls it.
PROGRAM = textwrap.dedent("""
    import json, os, sys, time
    from pathlib import Path
    root, listed = os.path.realpath(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
    plain = False
    def hook(event, arguments):
        if event == "open" and not plain and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = os.fsdecode(arguments[0])
            if path.startswith(root) and path.endswith(".py"):
                print(json.dumps(os.path.relpath(path, root)), file=listed)
    sys.addaudithook(hook)
    from trio_smith.cli.census import _trial
    count = _trial.plain_count
    def unseen(*arguments):
        global plain
        plain = True
        return count(*arguments)
    _trial.plain_count = unseen
    from trio_smith.cli import main
    sys.argv[0:3] = ["trio-smith"]
    sys.exit(main())
""")


RUN_AS_MAIN = textwrap.dedent("""
    import signal, sys
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from trio_smith.cli import main
    sys.argv[0] = "trio-smith"
    sys.exit(main())
""")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a tree whose count takes about a second."""
    root = tmp_path / "tree"
    for index in range(FILES):
        folder = root / f"p{index % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"m{index}.py").write_text(f"def f{index}():\n" + "    x = [1, 2, 3]\n" * 200, "utf-8")
    return root


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a census into the store beside the place."""
    command = [sys.executable, "-c", PROGRAM, place, place.parent / "opened", "demo", place]
    return subprocess.Popen(
        [*map(str, command), "--store", str(place.parent / "census.db"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def opened(place: Path) -> list[str]:
    """Return what was opened since the last call."""
    listed = place.parent / "opened"
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    listed.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


def kept(place: Path) -> set[str]:
    """Return the paths that are in the store, asked with nothing of ours."""
    import sqlite3  # noqa: PLC0415 - here alone

    with sqlite3.connect(place.parent / "census.db") as connection:
        rows = connection.execute("SELECT data FROM smith_events ORDER BY version").fetchall()
    connection.close()
    return {json.loads(data)["count"]["path"] for (data,) in rows}


def finish(place: Path, *arguments: str) -> str:
    """Run one to its end and return its results."""
    process = start(place, *arguments)
    out, err = process.communicate(timeout=50)
    assert process.returncode == 0, f"{out}\n{err}"
    assert "PROVEN" in out
    return out


def test_killed_again_and_again_it_reads_no_completed_file_twice(place: Path) -> None:
    """What was acknowledged by the disk is taken over; the result is the plain count's all the same."""
    chance = random.Random(4)
    completed: set[str] = set()
    for _ in range(14):
        process = start(place, "--quiet", "--crash-rate", "0.2")
        time.sleep(chance.uniform(0.1, 0.9))
        process.kill()
        process.communicate()
        read_again = completed.intersection(opened(place))
        assert not read_again
        if (place.parent / "census.db").exists() and (place.parent / "census.db").stat().st_size:
            now = kept(place) if _has_events(place) else set()
            assert completed <= now  # nothing that was acknowledged is lost
            completed = now
    out = finish(place, "--quiet", "--crash-rate", "0.2")
    assert not completed.intersection(opened(place))
    assert f"{FILES:,}" in out
    if completed:
        assert f"{len(completed)} files were counted by an earlier run" in out


def _has_events(place: Path) -> bool:
    import sqlite3  # noqa: PLC0415 - here alone

    connection = sqlite3.connect(place.parent / "census.db")
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'smith_events'").fetchall()
    connection.close()
    return bool(found)


def test_a_finished_census_reads_nothing_but_what_was_changed(place: Path) -> None:
    """A new file, a changed one, one that is gone: the rest is as it was."""
    finish(place, "--quiet")
    assert len(set(opened(place))) == FILES
    out = finish(place, "--quiet")
    assert opened(place) == []
    assert f"{FILES} files were counted by an earlier run" in out

    (place / "p0" / "m0.py").write_text("class New: pass\n", "utf-8")
    (place / "p1" / "m1.py").unlink()
    (place / "p2" / "new.py").write_text("x = 1\n", "utf-8")
    out = finish(place, "--quiet", "--crash-rate", "0")
    assert sorted(opened(place)) == ["p0/m0.py", "p2/new.py"]
    assert f"{FILES - 2} files were counted by an earlier run" in out


def test_after_ctrl_c_it_goes_on(place: Path) -> None:
    """The tree has stopped in order, and what it had counted is in the store."""
    process = start(place)
    assert process.stderr is not None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (_ready(place) and len(kept(place)) > 10):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    done = kept(place)
    assert 10 < len(done) <= FILES
    opened(place)
    finish(place, "--quiet")
    assert not done.intersection(opened(place))


def _ready(place: Path) -> bool:
    return (place.parent / "census.db").exists() and _has_events(place)


@pytest.mark.parametrize(
    ("content", "says"), [(b"this is no database, but it is long enough to be asked\n" * 40, "SQLite says")]
)
def test_a_file_that_is_no_store_is_said_in_words(place: Path, content: bytes, says: str) -> None:
    """And left as it is."""
    (place.parent / "census.db").write_bytes(content)
    process = start(place, "--quiet")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert says in err or "not a database" in err
    assert out == ""
    assert (place.parent / "census.db").read_bytes() == content


def test_a_full_disk_ends_the_census_at_once(place: Path) -> None:
    """It is no crash that a restart mends; what was acknowledged is there."""
    (place.parent / "census.db").unlink(missing_ok=True)
    command = [sys.executable, "-m", "trio_smith", "demo", place, "-q", "--crash-rate", "0"]
    # No file may become larger than this, which is what a full disk looks like.
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n{RUN_AS_MAIN}"
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, command[3:]), "--store", str(place.parent / "census.db")],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "supervisor 'census' gave up on 'results': Escalated" in done.stderr
    assert re.search("aggregator crashed: (Store|OutcomeUnknown)", done.stderr)
    assert kept(place)


def test_a_url_that_names_no_store_is_a_usage_error(place: Path) -> None:
    """Nothing was counted."""
    command = [sys.executable, "-m", "trio_smith", "demo", str(place), "--store", "mysql://host/db"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "sqlite:" in done.stderr
    assert os.listdir(place.parent) == ["tree"]  # noqa: PTH208 - names are enough
