"""One event is one line, whatever is in it."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from trio_smith.runtime._formats import JsonFormatter, TextFormatter


def record(
    message: str, *args: object, error: BaseException | None = None, **extra: Any
) -> logging.LogRecord:
    """Return a record of a known time."""
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("some.logger", logging.WARNING, "x.py", 1, message, args, info)  # type: ignore[arg-type]
    made.created, made.msecs = 1_800_000_000.5, 500.0
    vars(made).update(extra)
    return made


def raised() -> ValueError:
    """Return an error that was raised here."""
    with pytest.raises(ValueError, match="bad") as caught:
        raise ValueError("bad\nvalue\x1b[31m")
    return caught.value


NASTY = "a\nb\r\x1b[2J\x00\x85\u2028\udcffé"


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
@pytest.mark.parametrize("error", [None, raised()], ids=["no error", "error"])
def test_a_line_is_one_line_without_control_characters(
    formatter: logging.Formatter, error: BaseException | None
) -> None:
    """Nobody forges a second event, or clears the terminal of whoever reads the log."""
    line = formatter.format(record("%s", NASTY, error=error, beside=NASTY))
    assert line.isprintable()
    line.encode()


def test_a_readable_line_says_when_how_bad_who_and_what() -> None:
    """The time is in UTC."""
    assert TextFormatter().format(record("hello %s", "you")) == (
        "2027-01-15T08:00:00.500Z WARNING some.logger: hello you"
    )


def test_an_error_is_shortened_to_where_it_was_raised() -> None:
    """The whole traceback is in the JSON."""
    line = TextFormatter().format(record("it failed", error=raised()))
    assert r"it failed | ValueError: bad\nvalue\x1b[31m | at " in line
    assert "test_formats.py" in line
    assert " in raised" in line


def test_json_holds_everything() -> None:
    """Also what was given beside, and what json does not know."""
    facts = json.loads(
        JsonFormatter().format(record("hello %s", "you", error=raised(), path="a/b", odd={1, 2}))
    )
    assert facts["time"] == "2027-01-15T08:00:00.500Z"
    assert (facts["level"], facts["logger"], facts["message"]) == ("warning", "some.logger", "hello you")
    assert facts["path"] == "a/b"
    assert facts["odd"] == "{1, 2}"
    assert facts["traceback"].startswith("Traceback")
    assert facts["error"] == r"ValueError: bad\nvalue\x1b[31m"


class Mute:
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("mute")


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
def test_a_wrong_call_loses_no_line(formatter: logging.Formatter) -> None:
    """Arguments that do not fit, and what cannot be shown."""
    assert "its arguments do not fit" in formatter.format(record("%d", "x"))
    assert "fine" in formatter.format(record("fine", beside=Mute()))
    assert sys.exc_info() == (None, None, None)
