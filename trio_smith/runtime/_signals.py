"""Catch signals for as long as a runtime lives."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import trio

from ._signal_table import CAUGHT, Ask, ask_of


@contextmanager
def catch_signals(on_ask: Callable[[Ask, str], None], on_hurry: Callable[[], object]) -> Generator[None]:
    """Call ``on_ask(what, signal name)`` between two steps of Trio for each signal that asks for something.

    *on_hurry* is called in the handler itself, so that a program whose loop is blocked hears of a second
    wish to stop too. What was set before is set again at the end. Signals reach the main thread only:
    in any other this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    token = trio.lowlevel.current_trio_token()
    stopping = False

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        name = signal.Signals(number).name
        ask = ask_of(name, stopping=stopping)
        if ask is None:
            return
        if ask is Ask.STOP:
            stopping = True
        elif ask is Ask.HURRY:
            on_hurry()
        token.run_sync_soon(on_ask, ask, name)

    before: dict[int, Any] = {}
    try:
        for name in CAUGHT:
            number = getattr(signal, name, None)  # Windows has no SIGHUP and no SIGUSR1
            if number is not None:
                before[number] = signal.signal(number, handle)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
