"""Configure the standard logging module for as long as a runtime lives."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Final, TextIO

from ..config import Format, LoggingOptions, Stream
from ..options import Refused
from ._formats import JsonFormatter, TextFormatter

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class _Quiet(logging.StreamHandler[TextIO]):
    """A handler whose reader may go away: then it falls silent, and nobody is hurt."""

    _gone = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, as long as somebody reads."""
        if not self._gone:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Let go of a stream that cannot be written to; else as logging does it."""
        if isinstance(sys.exc_info()[1], OSError | ValueError):
            self._gone = True
        else:
            super().handleError(record)


class Logging:
    """Our one handler at the root of logging; what was there before is back after `restore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handler: logging.Handler | None = None
        self._before: tuple[int, list[logging.Handler]] | None = None

    def configure(self, options: LoggingOptions) -> None:
        """Log as *options* say from now on; a file is opened anew.

        Raises:
            Refused: The file cannot be opened; what was configured before stays.
        """
        try:
            handler = self._open(options)
        except OSError as error:
            why = f"it cannot be opened ({error.strerror})"
            raise Refused(why, "Name a file that may be written, in a folder that is there.") from None
        handler.setFormatter(JsonFormatter() if options.format is Format.JSON else TextFormatter())
        root = logging.getLogger()
        if self._before is None:
            self._before = (root.level, root.handlers[:])
        root.handlers[:] = [handler]
        root.setLevel(_LEVELS[options.level.value])
        self._close()
        self._handler = handler

    def flush(self) -> None:
        """Write out what is held back."""
        if self._handler is not None:
            self._handler.flush()

    def restore(self) -> None:
        """Have logging as it was."""
        if self._before is not None:
            root = logging.getLogger()
            root.setLevel(self._before[0])
            root.handlers[:] = self._before[1]
            self._before = None
        self._close()
        self._handler = None

    def _open(self, options: LoggingOptions) -> logging.Handler:
        if options.file is not None:
            return logging.FileHandler(
                self._folder / options.file, encoding="utf-8", errors="backslashreplace"
            )
        stream = sys.stdout if options.stream is Stream.STDOUT else sys.stderr
        # A program may have been started without the standard streams.
        return logging.NullHandler() if stream is None else _Quiet(stream)

    def _close(self) -> None:
        if self._handler is not None:
            self._handler.close()
