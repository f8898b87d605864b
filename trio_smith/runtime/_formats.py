"""Write log records: one line each, whatever is in them."""

from __future__ import annotations

import json
import logging
import time
import traceback
from pathlib import Path
from typing import Final

from ..errors import say

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; the rest was given as ``extra``."""

_FRAMES: Final = 4
_OURS: Final = str(Path(__file__).parents[1])


def _stamp(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _error_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


class TextFormatter(logging.Formatter):
    """Readable lines: time in UTC, level, logger, message; an exception is shortened to its last frames."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        text = _message(record)
        error = _error_of(record)
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            theirs = [one for one in frames if not one.filename.startswith(_OURS)] or frames
            places = [f"{one.filename}:{one.lineno} in {one.name}" for one in reversed(theirs[-_FRAMES:])]
            text = f"{text} | {say(error)}" + (f" | at {' < '.join(places)}" if places else "")
        return f"{_stamp(record)} {record.levelname:<7} {_printable(f'{record.name}: {text}')}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line, ASCII alone: time, level, logger, message, what was given beside, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts: dict[str, object] = {
            "time": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        facts |= {
            name: value for name, value in vars(record).items() if name not in _OWN and name not in facts
        }
        error = _error_of(record)
        if error is not None:
            facts["error"] = say(error)
            facts["traceback"] = "".join(traceback.format_exception(error))
        return json.dumps(facts, default=_as_text)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - wrong arguments of somebody's log call must not lose the line
        return f"{record.msg} (its arguments do not fit: {say(error)})"


def _as_text(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - a foreign __str__
        return f"<{type(value).__name__}: {say(error)}>"
