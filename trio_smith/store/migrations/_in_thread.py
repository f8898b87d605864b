"""Do what blocks in a thread, and let a cancellation interrupt it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import outcome
import trio

T = TypeVar("T")


class Interrupted(Exception):
    """A job was interrupted before it had any effect."""


class Stop:
    """What tells a job to come to its end: set by one thread, asked by another."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Say so."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether it was said."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Interrupted` if it was said."""
        if self._event.is_set():
            raise Interrupted

    def wait(self, seconds: float) -> None:
        """Wait for *seconds*; raise `Interrupted` as soon as it is said."""
        if self._event.wait(seconds):
            raise Interrupted


async def in_thread(job: Callable[[], T], *, interrupt: Callable[[], None]) -> T:
    """Return what *job* returns in a thread of its own.

    Cancellation: *interrupt* is called once and must not block; *job* is waited for. If it then raises
    `Interrupted`, so does Trio its own; if it was done already, its result is returned, for it holds.
    """
    await trio.lowlevel.checkpoint_if_cancelled()
    task = trio.lowlevel.current_task()
    token = trio.lowlevel.current_trio_token()

    def deliver(result: outcome.Outcome[T]) -> None:
        token.run_sync_soon(trio.lowlevel.reschedule, task, result)

    def abort(_raise_cancel: object) -> trio.lowlevel.Abort:
        interrupt()
        return trio.lowlevel.Abort.FAILED

    trio.lowlevel.start_thread_soon(job, deliver)
    with suppress(Interrupted):
        done: T = await trio.lowlevel.wait_task_rescheduled(abort)
        return done
    await trio.lowlevel.checkpoint_if_cancelled()
    raise AssertionError("a job is interrupted by a cancellation alone")
