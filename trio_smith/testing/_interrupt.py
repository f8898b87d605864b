"""Ctrl-C at a chosen line, delivered by Trio's own rule."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import MisuseError


class NoMainThread(MisuseError, RuntimeError):
    """Ctrl-C can only be tried in the main thread: nowhere else does Python run signal handlers."""

    fix = "Run the sweep in the main thread, or leave Mode.INTERRUPT and Mode.TWICE out."

    def __init__(self) -> None:
        super().__init__(what="cannot send Ctrl-C", why=f"this is {threading.current_thread().name}")


class Interruption:
    """One real SIGINT, raised within one step of a Trio task, when it begins its so-manieth line of code.

    Whether it hits that very line or waits for the main task's next checkpoint is for Trio to say: its
    handler looks at the frames, from the line outwards. A signal can come between any two lines, and so
    can this one, but it is the same each time. A step that begins fewer lines gets it at its end, which
    is as if it had come between two steps.
    """

    def __init__(self, line: int) -> None:
        self._left = line
        self._sent = False
        self._tracer_before: Any = None

    def begin(self) -> None:
        """Watch the lines of the step that begins now."""
        self._tracer_before = sys.gettrace()
        sys.settrace(self._trace)

    def end(self) -> None:
        """The step has ended."""
        sys.settrace(self._tracer_before)
        self._send()

    def _send(self) -> None:
        if not self._sent:
            self._sent = True
            signal.raise_signal(signal.SIGINT)

    def _trace(self, _frame: FrameType, event: str, _: object) -> Any:
        # Only at a line: raised at the call of a resumed coroutine, it would pass by its try and finally.
        if event == "line" and not self._sent:
            self._left -= 1
            if not self._left:
                self._send()
        return None if self._sent else self._trace


@contextmanager
def sigint_as_usual() -> Generator[None]:
    """Let SIGINT be handled as in a program that does nothing about it.

    Raises:
        NoMainThread: This is another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        raise NoMainThread
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
