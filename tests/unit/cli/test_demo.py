"""The demo within this process: its outcomes and exit codes. For whole processes see tests/demo."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from trio_smith.cli import main
from trio_smith.cli.census import _screen, _tree
from trio_smith.cli.census._count import FileCount
from trio_smith.cli.census._ledger import Ledger
from trio_smith.cli.census._source import Place, Source


@pytest.fixture
def tree(tmp_path: Path) -> str:
    """Return the path of a small tree."""
    for number in range(12):
        (tmp_path / f"f{number}.py").write_text("class C:\n    def m(self): pass\n", "utf-8")
    (tmp_path / "broken.py").write_text("def\n", "utf-8")
    (tmp_path / "gone.py").symlink_to("nowhere")
    return str(tmp_path)


def test_a_good_run_is_proven(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The results on one stream, progress on the other; what could not be counted is named."""
    assert main(["demo", tree, "--crash-rate", "0.5", "--seed", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("PROVEN: the supervised census equals the plain count\n")
    assert ["classes", "12", "12"] in [line.split() for line in out.splitlines()]
    assert "gone.py: No such file or directory" in out
    assert "broken.py: line 1: invalid syntax" in out
    assert err.startswith(f"census of {tree}: 4 parsers, crash rate 0.5, seed 1\ncensus  [supervisor")
    _, at_the_end = err.split("all counted, and the tree stands:\n")
    assert re.search(r"parser-1  \[actor Parser, running, incarnation \d+\]", at_the_end)


def test_quiet_means_the_results_alone(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By any of its three names."""
    for option in ("-q", "--quiet", "--no-progress"):
        assert main(["demo", tree, option]) == 0
        assert capsys.readouterr().err == ""


def test_one_file_can_be_counted(tree: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And is named in the heading."""
    assert main(["demo", f"{tree}/f1.py"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"census of {tree}/f1.py: ")
    assert "was entered (1)" in out


def test_a_lost_result_is_not_proven(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, and the file is named."""
    enter = Ledger.enter

    def forgetful(self: Ledger, count: FileCount) -> None:
        if count.path != "f3.py":
            enter(self, count)

    monkeypatch.setattr(Ledger, "enter", forgetful)
    assert main(["demo", tree, "-q"]) == 1
    out = capsys.readouterr().out
    assert "NOT PROVEN" in out
    assert "  NO   nothing lost: every file of the plain count was entered (14)\n         f3.py\n" in out


def test_a_result_entered_twice_is_not_proven(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that is not idempotent is found out, since the saboteur has results come twice."""

    def careless(self: Ledger, count: FileCount) -> None:
        self.paths.add(count.path)
        self.entries.append(count)
        self.totals = self.totals.plus(count)

    monkeypatch.setattr(Ledger, "enter", careless)
    assert main(["demo", tree, "-q", "--crash-rate", "0.5"]) == 1
    out = capsys.readouterr().out
    assert "  NO   nothing double" in out
    assert "  NO   the sums are the same" in out


def test_a_tree_that_gives_up_is_explained(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1: what gave up, what had been done by then, and no traceback."""
    monkeypatch.setattr(_tree, "intensity", lambda _: 0)
    assert main(["demo", tree, "-q", "--crash-rate", "1"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("trio-smith demo: supervisor 'census' gave up on ")
    assert "parsers gave up on parser-" in err
    assert err.endswith("nothing is proven\n")


def test_a_full_disk_is_said(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, whatever was proven: nobody can read it. What is left in the buffer does no harm later."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert main(["demo", tree, "-q", "--parsers", "3"]) == 1
    assert capsys.readouterr().err.startswith("trio-smith demo: cannot write the results: ")


def test_a_reader_who_has_gone_is_told_nothing(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `trio-smith demo | head`: the exit code that shells know for it, and silence."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        assert main(["demo", tree, "-q"]) == 141
    assert capsys.readouterr().err == ""


def test_the_plain_count_says_how_far_it_has_come_too(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes as long as the supervised one."""
    monkeypatch.setattr(_screen, "PLAIN_INTERVAL", 0.0)
    assert main(["demo", tree, "--crash-rate", "0"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("plain: ")]
    assert [line.split(",")[0] for line in lines[:2]] == ["plain: 1 file", "plain: 2 files"]
    assert "restart" not in lines[0]


@pytest.fixture
def sigint_restored() -> object:
    """Put the handling of Ctrl-C back, which the demo gives up at its end."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("sigint_restored")
@pytest.mark.parametrize(("at", "words"), [(5, "stopped in this order: scanner"), (20, "of them plainly")])
def test_ctrl_c_is_answered_with_what_had_been_done(
    tree: str, at: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the tree as in the plain count after it: exit code 130, and no traceback."""
    count, calls = Place.count, 0

    def interrupted(self: Place, source: Source) -> FileCount:
        nonlocal calls
        calls += 1
        if calls == at:
            signal.raise_signal(signal.SIGINT)
        return count(self, source)

    monkeypatch.setattr(Place, "count", interrupted)
    assert main(["demo", tree, "--crash-rate", "0"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    report = err[err.index("interrupted: ") :]
    assert words in report
    assert report.endswith("nothing is proven\n")
    assert "0 crashes" in report


def test_a_store_that_needs_an_extra_says_so(
    tree: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence, not a traceback: it is the first thing that a newcomer meets."""
    for name in [one for one in sys.modules if one.startswith("trio_smith.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert main(["demo", tree, "-q", "--store", "postgresql://h/x"]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("trio-smith demo: cannot use PostgreSQL: psycopg cannot be imported")
    assert "pip install 'trio-smith[postgres]'" in first
