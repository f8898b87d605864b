"""Where the census speaks: results to one stream, progress to another."""

from __future__ import annotations

import os
import shutil
from typing import Final, TextIO

LIVE_INTERVAL: Final = 0.1
PLAIN_INTERVAL: Final = 1.0
"""Seconds between two lines of progress."""

_PLAIN: Final = str.maketrans({"├": "|", "└": "`", "│": "|", "─": "-", "…": "..."})


class Screen:
    """Prints. Progress is a nicety: if its stream is gone, it falls silent and nobody is hurt.

    On a terminal there is one line of progress, overwritten in place; elsewhere each is a line of its
    own, and nothing but text is written.
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
        width = shutil.get_terminal_size().columns - 1  # a wrapped line could not be overwritten
        self._write(f"\r{line[:width].ljust(width)}")
        self._shown = True

    def remark(self, text: str) -> None:
        """Say *text* beside the results, unless nothing but these is wanted."""
        if not self._quiet:
            self.say(text)

    def say(self, text: str) -> None:
        """Say *text* beside the results in any case."""
        self._clear()
        self._write(f"{text}\n")

    def result(self, text: str) -> None:
        """Print *text* as a result.

        Raises:
            OSError: It cannot be written.
        """
        self._clear()
        if self._out is not None:
            self._out.write(_fit(f"{text}\n", self._out))
            self._out.flush()

    def _clear(self) -> None:
        if self._shown:
            self._write(f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r")
            self._shown = False

    def _write(self, text: str) -> None:
        if self._err is None:
            return
        try:
            self._err.write(_fit(text, self._err))
            self._err.flush()
        except OSError:
            self._err = None


def _fit(text: str, stream: TextIO) -> str:
    """Return *text* with what the encoding of *stream* does not know replaced."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text
