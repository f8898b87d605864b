"""Signals that come while there is no runtime to answer them: before it, and after it."""

from __future__ import annotations

import atexit
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

_WISHES_TO_STOP: Final = ("SIGTERM", "SIGINT")
_OTHERS: Final = ("SIGHUP", "SIGUSR1")


def before_the_runtime() -> None:
    """Let a signal that is no wish to stop do nothing: left to itself it would end the process.

    When Python takes itself apart in the end, after all that the application does at its exit, no signal
    does anything any more: each would put an exit code of its own in the place of the right one.
    Nothing is set back: the process is expected to end after the command.
    """
    _set(_do_nothing, _OTHERS)
    atexit.register(_set, signal.SIG_IGN, (*_WISHES_TO_STOP, *_OTHERS))


def after_the_runtime(on_stop: Callable[[], object]) -> None:
    """Let wishes to stop call *on_stop* in the handler, and the others do nothing: the exit code is known."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        on_stop()

    _set(handle, _WISHES_TO_STOP)
    _set(_do_nothing, _OTHERS)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN it is not handed down to processes that the application starts."""


def _set(handler: Any, names: tuple[str, ...]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only there may it be done, and only there are signals handled
    for name in names:
        number = getattr(signal, name, None)  # Windows has no SIGHUP and no SIGUSR1
        if number is not None:
            signal.signal(number, handler)
