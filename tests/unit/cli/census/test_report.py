"""The report: what a person reads at the end."""

from trio_smith.cli.census._count import FileCount, Function, Trouble, unreadable
from trio_smith.cli.census._proof import Claim
from trio_smith.cli.census._report import NAMED, Timed, supervision, table, troubles, verdict
from trio_smith.cli.census._totals import Totals

LONGEST = Function(path="pkg/a.py", line=3, name="long", lines=99)
TOTALS = Totals(
    files=1200,
    lines=34567,
    functions=8,
    async_functions=7,
    classes=6,
    longest=LONGEST,
    syntax_errors=5,
    unreadable=4,
)


def test_both_counts_stand_side_by_side() -> None:
    """With the time and the throughput of each; columns to the right, no blanks at the ends.

    Narrow enough for a terminal of 40 columns, where a row in two lines would be none.
    """
    text = table(
        Timed(totals=TOTALS, seconds=2.5, cpu_seconds=2.25),
        Timed(totals=TOTALS, seconds=2.0, cpu_seconds=1.75),
    )
    expected = """\
                  supervised   plain
files                  1,200   1,200
lines                 34,567  34,567
functions                  8       8
async functions            7       7
classes                    6       6
longest function          99      99
syntax errors              5       5
unreadable                 4       4
seconds                 2.50    2.00
CPU seconds             2.25    1.75
files a second           480     600

longest function: long, 99 lines, pkg/a.py:3"""
    assert text == expected


def test_no_function_and_no_time_are_no_trouble() -> None:
    """A clock may be too coarse for an empty file."""
    nothing = Timed(totals=Totals(), seconds=0.0, cpu_seconds=0.0)
    lines = table(nothing, nothing).splitlines()
    assert lines[-1].split() == ["files", "a", "second", "0", "0"]
    assert len(lines) == 12


def test_troubles_are_named_sorted_and_by_kind() -> None:
    """With the reason, and nothing that a terminal would obey."""
    broken = FileCount(path="b\x1b[31m.py", trouble=Trouble.NOT_PYTHON, why="line 1:\nbad")
    counts = [broken, unreadable("z.py", "gone"), FileCount(path="fine.py"), unreadable("a.py", "locked")]
    assert troubles(counts) == (
        "unreadable:\n  a.py: locked\n  z.py: gone\nsyntax errors:\n  b\\x1b[31m.py: line 1:\\nbad"
    )


def test_a_path_that_would_fill_the_screen_loses_its_middle() -> None:
    """Whoever nests directories by the hundred knows where."""
    lines = troubles([unreadable("a/" * 500 + "z.py", "x")]).splitlines()
    assert lines[1].startswith("  a/a/a/")
    assert lines[1].endswith("/a/z.py: x")
    assert len(lines[1]) == 2 + 201 + 3


def test_without_troubles_nothing_is_said_of_them() -> None:
    """Not even a heading."""
    assert troubles([FileCount(path="a.py")]) == ""


def test_many_troubles_are_counted_and_not_all_named() -> None:
    """A tree of another language would fill the screen."""
    lines = troubles([unreadable(f"{number:03}.py", "x") for number in range(NAMED + 3)]).splitlines()
    assert lines[1] == "  000.py: x"
    assert lines[-1] == "  and 3 more"
    assert len(lines) == NAMED + 2


def test_restarts_are_told_by_child() -> None:
    """Sorted by name, so that two runs can be compared."""
    text = supervision({"parser-2": 1, "aggregator": 1200}, crashes=1201, repeats=2)
    assert text == (
        "supervision: 1,201 crashes, 1,201 restarts (aggregator 1,200, parser-2 1)\n"
        "2 results came again after a crash, and made no difference"
    )


def test_where_nothing_crashed_little_is_said() -> None:
    """No empty brackets."""
    assert supervision({}, crashes=0, repeats=0) == "supervision: 0 crashes, 0 restarts"


def test_the_verdict_needs_every_claim() -> None:
    """One that fails is enough, and says why."""
    good, bad = Claim(text="good"), Claim(text="bad", against=("a\x07.py",))
    assert verdict([good, good]).splitlines() == [
        "proof:",
        "  yes  good",
        "  yes  good",
        "PROVEN: the supervised census equals the plain count",
    ]
    lines = verdict([good, bad, good]).splitlines()
    assert lines[:5] == ["proof:", "  yes  good", "  NO   bad", "         a\\x07.py", "  yes  good"]
    assert lines[5].startswith("NOT PROVEN: ")
