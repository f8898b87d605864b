"""Whatever was acknowledged is there after a kill, once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.store.killing import ROOT, found_wrong, kill_and_look, kill_committing


@pytest.mark.long
def test_nothing_acknowledged_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    """The process is gone between two instructions, again and again, and the file is as good as before."""
    assert kill_and_look(tmp_path / "a.db", kills=20, seed=20) >= 100


def test_a_loss_would_be_seen(tmp_path: Path) -> None:
    """The check above can fail: what was never written counts as lost."""
    path = tmp_path / "a.db"
    acknowledged = kill_committing(path, first=0, random=Random(1))
    assert found_wrong(path, acknowledged) == []
    assert found_wrong(path, acknowledged | {-1}) == ["acknowledged and lost: [-1]"]


def test_the_log_is_flushed_before_each_acknowledgement(tmp_path: Path) -> None:
    """Seen from outside, by strace: between the last write to the log and an acknowledgement is a flush.

    A process that is killed loses nothing that it gave to the kernel; a machine does. So only this test
    tells whether a loss of power would cost an acknowledged commit.
    """
    strace = shutil.which("strace")
    if strace is None:  # the summary of a run names it: the tests ask for nothing but Python and pip
        pytest.skip(
            "no strace here: whether commits reach the disk before they are acknowledged was not seen"
        )
    trace = tmp_path / "trace"
    path = tmp_path / "a.db"
    calls = "trace=write,pwrite64,pwritev,fsync,fdatasync"
    command = [strace, "-f", "-y", "-s", "12", "-e", calls, "-o", trace, sys.executable]
    # One task: with several, the next group is being written while one is acknowledged.
    said = subprocess.run(
        [*command, "-m", "tests.store.committing", path, "0", "1", "100"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found_wrong(path, set(map(int, said.stdout.split()))) == []
    assert _unflushed(trace.read_text("utf-8")) == []


def test_a_flush_that_is_missing_would_be_seen() -> None:
    """The check above can fail."""
    write = '7 pwrite64(5</a.db-wal>, "x", 1, 0) = 1\n'
    flush = "7 fdatasync(5</a.db-wal> <unfinished ...>\n7 <... fdatasync resumed>) = 0\n"
    tell = '6 write(1</pipe>, "1\\n", 2) = 2\n'
    assert _unflushed((write + flush + tell) * 100) == []
    assert len(_unflushed((write + flush + tell) * 99 + write + tell)) == 1
    assert len(_unflushed((write + flush + tell) * 99 + flush + write + tell)) == 1
    assert len(_unflushed((write + flush + tell) * 99 + tell)) == 1


def _unflushed(trace: str) -> list[str]:
    """Return the acknowledgements before which something written to the log was not flushed."""
    written = flushed = False
    wrong, acknowledged, flushing = list[str](), 0, set[str]()
    for line in trace.splitlines():
        thread = line.split(" ", 1)[0]
        if re.search(r"\bpwrite\w*\(\d+<[^>]*-wal>", line):
            written, flushed = True, False
        elif re.search(r"\bf(data)?sync\(\d+<[^>]*-wal>", line):
            if "unfinished" in line:
                flushing.add(thread)
            else:
                flushed = True
        elif re.search(r"f(data)?sync resumed", line) and thread in flushing:
            flushing.discard(thread)
            flushed = True
        elif re.search(r'\bwrite\(1<[^>]*>, "\d+\\n"', line):
            acknowledged += 1
            if not (written and flushed):
                wrong.append(line)
            written = flushed = False
    assert acknowledged == 100, "the trace does not show what it should"
    return wrong
