"""Where the census speaks: results to one stream, progress to another."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

from ._wrap import cut, wrap

LIVE_INTERVAL: Final = 0.1
PLAIN_INTERVAL: Final = 1.0
"""Seconds between two lines of progress."""

_PLAIN: Final = str.maketrans({"├": "|", "└": "`", "│": "|", "─": "-", "…": "..."})


class Screen:
    """Prints. Progress is a nicety: if its stream is gone, it falls silent and nobody is hurt.

    On a terminal there is one line of progress, overwritten in place, and long lines are broken between
    words. Elsewhere every line stands alone and whole. Nothing but text is written, no colours.
    """

    def __init__(self, *, out: TextIO | None, err: TextIO | None, quiet: bool) -> None:
        self._out, self._err, self._quiet = out, err, quiet
        self._live = err is not None and err.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = False  # whether a line of progress stands there now

    @property
    def interval(self) -> float:
        """How many seconds to wait between two lines of progress."""
        return LIVE_INTERVAL if self._live else PLAIN_INTERVAL

    def progress(self, line: str) -> None:
        """Show *line* in the place of the last one, or below it."""
        if self._quiet:
            return
        if not self._live:
            self._write(f"{line}\n")
            return
        # A line that the terminal wraps could not be overwritten; so there has to be room for "^C" as well.
        # That is shown at the cursor, as is the shell's word when we are killed: it goes back to the text.
        width = _columns(self._err) - 1
        shown = cut(line, width - len("^C"), at=", ")
        blank = width - len(shown)
        self._write("\r" + shown + " " * blank + "\b" * blank)
        self._shown = True

    def remark(self, text: str) -> None:
        """Say *text* beside the results, unless nothing but these is wanted."""
        if not self._quiet:
            self.say(text)

    def say(self, text: str) -> None:
        """Say *text* beside the results in any case."""
        self._clear()
        self._write(f"{_wrapped(text, self._err)}\n")

    def result(self, text: str) -> None:
        """Print *text* as a result.

        Raises:
            OSError: It cannot be written, and nothing will be any more.
        """
        self._clear()
        if self._out is None:
            return
        try:
            self._out.write(_fit(f"{_wrapped(text, self._out)}\n", self._out))
            self._out.flush()
        except OSError:
            _give_up(self._out)
            raise

    def _clear(self) -> None:
        if self._shown:
            self._write(f"\r{' ' * (_columns(self._err) - 1)}\r")
            self._shown = False

    def _write(self, text: str) -> None:
        if self._err is None:
            return
        try:
            self._err.write(_fit(text, self._err))
            self._err.flush()
        except OSError:
            _give_up(self._err)
            self._err = None


def _fit(text: str, stream: TextIO) -> str:
    """Return *text* with what the encoding of *stream* does not know replaced."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _wrapped(text: str, stream: TextIO | None) -> str:
    if stream is None or not stream.isatty():
        return text
    return wrap(text, _columns(stream))


def _columns(stream: TextIO | None) -> int:
    """Return the width of the terminal behind *stream*, or what the environment says in its place."""
    own = os.terminal_size((0, 0))
    if stream is not None:
        with suppress(OSError, ValueError):
            own = os.get_terminal_size(stream.fileno())
    # The standard output may be a file, while the standard error is a terminal.
    return shutil.get_terminal_size(fallback=own).columns or 80


def _give_up(stream: TextIO) -> None:
    """Lead *stream* to nowhere: what is left in its buffer would fail again when Python flushes it."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), descriptor)
