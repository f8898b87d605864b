"""Where the census speaks: to a terminal, to a pipe, to nobody."""

import io
import os
import pty
import termios

import pytest

from trio_smith.cli.census._screen import LIVE_INTERVAL, PLAIN_INTERVAL, Screen


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def flush(self) -> None:
        """Fail, as a buffered stream does."""
        raise BrokenPipeError


@pytest.fixture(autouse=True)
def terminal_of_thirty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the terminal's properties those of the test."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")


def test_on_a_terminal_progress_is_one_line() -> None:
    """It is overwritten in place: cut to the width, and padded, so that nothing of the last one stays.

    The cursor stands behind it, and room is left for "^C", which a terminal shows there: on the last
    column it would begin a new line.
    """
    err = Terminal()
    screen = Screen(out=None, err=err, quiet=False)
    screen.progress("a" * 20 + ", " + "b" * 20)
    screen.progress("b")
    assert err.getvalue() == "\r" + "a" * 20 + " " * 9 + "\b" * 9 + "\r" + "b" + " " * 28 + "\b" * 28
    assert screen.interval == LIVE_INTERVAL


def test_on_a_terminal_the_line_goes_before_anything_else_is_said() -> None:
    """Results and remarks begin at the first column, on a clean line."""
    for speak in ("say", "result", "remark"):
        out, err = io.StringIO(), Terminal()
        screen = Screen(out=out, err=err, quiet=False)
        screen.progress("a")
        getattr(screen, speak)("text")
        assert err.getvalue().startswith("\ra" + " " * 28 + "\b" * 28 + "\r" + " " * 29 + "\r")
        assert (err if speak != "result" else out).getvalue().endswith("text\n")


@pytest.mark.parametrize("term", ["dumb", None])
def test_elsewhere_progress_is_plain_lines(term: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is no place for control characters; nor is a terminal that knows none."""
    err = io.StringIO()
    if term is not None:
        monkeypatch.setenv("TERM", term)
        err = Terminal()
    screen = Screen(out=None, err=err, quiet=False)
    screen.progress("a" * 50)
    screen.progress("b")
    assert err.getvalue() == "a" * 50 + "\nb\n"
    assert screen.interval == PLAIN_INTERVAL


def test_long_lines_are_broken_between_words_on_a_terminal_alone() -> None:
    """A program that reads them wants each whole."""
    text = "one line, which is longer than thirty columns"
    for quiet in (True, False):
        out, err = io.StringIO(), Terminal()
        screen = Screen(out=out, err=err, quiet=quiet)
        screen.say(text)
        screen.result(text)
        assert err.getvalue() == "one line, which is longer than\n    thirty columns\n"
        assert out.getvalue() == f"{text}\n"


def test_the_width_is_that_of_the_terminal_that_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the standard output is none, as in ``trio-smith demo > file``; 80 if it says nothing."""
    monkeypatch.delenv("COLUMNS")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w") as err:
        for columns, blanks in ((40, 38), (0, 78)):
            termios.tcsetwinsize(err, (24, columns))
            Screen(out=None, err=err, quiet=False).progress("x")
            assert os.read(ours, 4096) == b"\rx" + b" " * blanks + b"\b" * blanks


def test_who_wants_quiet_gets_results_and_errors_alone() -> None:
    """No progress, no remarks."""
    out, err = io.StringIO(), Terminal()
    screen = Screen(out=out, err=err, quiet=True)
    screen.progress("progress")
    screen.remark("remark")
    screen.say("error")
    screen.result("result")
    assert (out.getvalue(), err.getvalue()) == ("result\n", "error\n")


def test_progress_that_nobody_reads_harms_nobody() -> None:
    """The reporter must not crash over it."""
    err = Gone()
    screen = Screen(out=None, err=err, quiet=False)
    screen.progress("a")
    screen.say("b")
    assert err.getvalue() == "a\n"


def test_closed_streams_are_no_streams(capsys: pytest.CaptureFixture[str]) -> None:
    """Python has None in their places; what is said then is said to nobody, and not elsewhere."""
    screen = Screen(out=None, err=None, quiet=False)
    screen.progress("a")
    screen.say("b")
    screen.result("c")
    assert capsys.readouterr() == ("", "")
    assert screen.interval == PLAIN_INTERVAL


def test_results_that_nobody_reads_are_an_error() -> None:
    """Unlike progress: whoever runs the demo must know."""
    with pytest.raises(BrokenPipeError):
        Screen(out=Gone(), err=None, quiet=False).result("text")


def test_what_the_encoding_does_not_know_is_replaced() -> None:
    """A census must not end in an encoding error because of a file's name."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Screen(out=out, err=None, quiet=False).result("├─ é…")
    assert raw.getvalue() == b"|- \\xe9...\n"
