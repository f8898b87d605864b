"""What is sent to a running program, and when."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from tests.run.program import Program

Script: TypeAlias = Callable[[Program, float], None]
"""Sends signals to a program that has just been started; the number is a delay in seconds."""


def at(*names: str) -> Script:
    """Send *names* after the delay, whatever there is of the program."""

    def script(running: Program, delay: float) -> None:
        time.sleep(delay)
        running.signal(*names)

    return script


def at_and_go_on(name: str) -> Script:
    """Send *name* after the delay; who lives on is to become ready, and is stopped."""

    def script(running: Program, delay: float) -> None:
        at(name)(running, delay)
        with suppress(AssertionError):  # it has ended: its exit code says whether it may
            running.wait_for("is ready")
            running.signal("SIGTERM")

    return script


def ready(*first: str, then: tuple[str, ...] = ()) -> Script:
    """Send *first* when it is ready, and after the delay what comes then."""

    def script(running: Program, delay: float) -> None:
        running.wait_for("is ready")
        running.signal(*first)
        time.sleep(delay)
        running.signal(*then)

    return script


def late(first: str, then: str) -> Script:
    """Send *first* when it is ready and *then* after the delay, to the moment: it may have ended already."""

    def script(running: Program, delay: float) -> None:
        running.wait_for("is ready")
        running.process.send_signal(getattr(signal, first))
        time.sleep(delay)
        running.process.send_signal(getattr(signal, then))  # nothing happens if it has ended

    return script


def starting(*names: str) -> Script:
    """Send *names* while a child of it hangs in its start."""

    def script(running: Program, delay: float) -> None:
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "starting\n"
        time.sleep(delay)
        running.signal(*names)

    return script


def reloads(before: Script, *after: str) -> Script:
    """Reload a good file and a broken one by turns, three times each, then send *after*."""

    def script(running: Program, delay: float) -> None:
        before(running, delay)
        file = running.folder / "app.toml"
        for number in range(1, 4):
            good = file.read_text("utf-8")
            file.write_text(f'{good}[shutdown]\ndrain = "1{number}s"\n', "utf-8")
            running.signal("SIGHUP")
            running.wait_for(f'reload: shutdown.drain = "1{number}s"')
            file.write_text(f"{good}[shutdown]\ndrain = 3\n", "utf-8")
            running.signal("SIGHUP")
            running.wait_for("nothing is changed")
            file.write_text(good, "utf-8")
        running.signal(*after)

    return script


def nothing(_running: Program, _delay: float) -> None:
    """Let it end by itself."""
