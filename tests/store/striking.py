"""Cancel one task at the n-th step that it takes."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

R = TypeVar("R")


class When(enum.Enum):
    """At what moment of a step it is cancelled."""

    BEFORE = enum.auto()
    """What it waited for has come, and it is about to go on."""

    AFTER = enum.auto()
    """It has begun to wait."""


class _Striker(trio.abc.Instrument):
    def __init__(self, scope: trio.CancelScope, *, at: int, when: When) -> None:
        self._scope, self._at, self._when = scope, at, when
        self._task = trio.lowlevel.current_task()
        self._steps = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._strike(task, When.BEFORE)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self._strike(task, When.AFTER)

    def _strike(self, task: trio.lowlevel.Task, when: When) -> None:
        if task is self._task and when is self._when:
            self._steps += 1
            if self._steps == self._at:
                self._scope.cancel()


async def struck(asked: Callable[[], Awaitable[R]], *, at: int, when: When) -> tuple[list[R], bool]:
    """Call *asked* and cancel it at step *at*; return its answer, if any, and whether it came so far."""
    answers: list[R] = []
    with trio.CancelScope() as scope:
        striker = _Striker(scope, at=at, when=when)
        trio.lowlevel.add_instrument(striker)
        try:
            answers.append(await asked())
        finally:
            trio.lowlevel.remove_instrument(striker)
    return answers, scope.cancel_called
