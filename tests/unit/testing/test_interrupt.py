"""Ctrl-C is a real signal at a chosen line; Trio says where it comes out."""

from __future__ import annotations

import signal
import sys
import threading

import pytest
import trio

from trio_smith.testing import NoMainThread
from trio_smith.testing._interrupt import Interruption, sigint_as_usual


class _At(trio.abc.Instrument):
    """Interrupts the first step of the task "victim" that begins after so many."""

    def __init__(self, step: int, line: int) -> None:
        self.left, self.interruption, self.current = step, Interruption(line), False

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task.name == "victim":
            self.left -= 1
            self.current = self.left == 0
            if self.current:
                self.interruption.begin()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.current:
            self.current = False
            self.interruption.end()


def _run(step: int, line: int, *, protected: bool) -> list[str]:
    lines: list[str] = []

    async def plain() -> None:
        lines.append("first")
        lines.append("second")
        await trio.sleep_forever()

    @trio.lowlevel.enable_ki_protection
    async def guarded() -> None:
        lines.append("first")
        lines.append("second")
        await trio.sleep_forever()

    async def main() -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(guarded if protected else plain, name="victim")
                await trio.sleep_forever()
        except* KeyboardInterrupt:
            lines.append("interrupted")
            raise

    with sigint_as_usual(), pytest.raises(BaseExceptionGroup) as caught:
        trio.run(main, instruments=[_At(step, line)])
    assert caught.group_contains(KeyboardInterrupt)
    return lines


def test_it_hits_the_line_of_unprotected_code() -> None:
    """As a signal does that comes in between two lines."""
    assert _run(1, 1, protected=False) == ["interrupted"]
    assert _run(1, 2, protected=False) == ["first", "interrupted"]
    assert _run(1, 3, protected=False) == ["first", "second", "interrupted"]


def test_it_waits_for_the_main_task_at_protected_code() -> None:
    """The protected task is not torn; the main task gets it at its next checkpoint."""
    assert _run(1, 2, protected=True) == ["first", "second", "interrupted"]


def test_a_step_with_fewer_lines_gets_it_at_its_end() -> None:
    """As a signal that comes between two steps."""
    assert _run(1, 99, protected=False) == ["first", "second", "interrupted"]


def test_the_tracer_before_is_put_back() -> None:
    """Coverage and debuggers are tracers, too."""

    def tracer(*_: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        _run(1, 1, protected=False)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is tracer


def test_the_signal_handler_before_is_put_back() -> None:
    """Whoever handles SIGINT in the test runner goes on doing so."""

    def handler(*_: object) -> None:
        raise AssertionError("it was called")

    before = signal.signal(signal.SIGINT, handler)
    try:
        _run(1, 1, protected=False)
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert after is handler


def test_another_thread_is_refused() -> None:
    """Python runs signal handlers in the main thread alone."""
    caught: list[BaseException] = []

    def run() -> None:
        try:
            with sigint_as_usual():
                raise AssertionError("it went on")
        except NoMainThread as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(caught) == 1
