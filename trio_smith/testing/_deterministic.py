"""The one place that reaches into Trio: a scheduler that a seed decides, and what a task will be sent.

Trio offers no public way to have the same tasks run in the same order twice. It has a private one for its
own tests, which pytest-trio uses too. Needed of ``trio._core._run``, and nothing else anywhere:

* ``_ALLOW_DETERMINISTIC_SCHEDULING``: a bool; true sorts each batch of runnable tasks before it is shuffled;
* ``_r``: the `random.Random` that shuffles;
* ``CancelStatus._tasks`` and ``._children``: sets, made before ``__attrs_post_init__`` is called. A
  cancellation goes round them, so they are replaced by ones that keep an order;
* ``id``, which it asks for the order of scopes with equal deadlines: a number in order of asking instead;
* ``Task._next_send``: the outcome with which a task is about to be resumed.

If a newer Trio lacks one of them, `TrioChanged` says so before anything is run. All is as before afterwards.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from random import Random
from typing import Any

import outcome
import trio
from trio.lowlevel import Task

from ..errors import ErrorFamily, FailureError

_SWITCH = "_ALLOW_DETERMINISTIC_SCHEDULING"
_CHANCE = "_r"
_STATUS, _MADE, _TASKS, _CHILDREN = "CancelStatus", "__attrs_post_init__", "_tasks", "_children"
_ID = "id"
_NEXT = "_next_send"


class TrioChanged(FailureError):
    """This Trio lacks a private part that a seeded scheduler needs; nothing was run."""

    family = ErrorFamily.RUNTIME
    fix = "Use a Trio that trio_smith is tested with, or report this to trio_smith."

    def __init__(self, *, lacks: str) -> None:
        self.lacks = lacks
        super().__init__(
            what=f"cannot make Trio {trio.__version__} deterministic", why=f"it has no {lacks} as it used to"
        )


class _InOrder(dict[Any, None]):
    """A set that is gone through in the order in which it was filled."""

    def add(self, one: object) -> None:
        self[one] = None

    def remove(self, one: object) -> None:
        del self[one]

    def discard(self, one: object) -> None:
        self.pop(one, None)


class _Ordinals:
    """Numbers for objects, in order of asking. It holds on to them, or an address might be used again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, object]] = {}

    def __call__(self, one: object) -> int:
        return self._known.setdefault(id(one), (len(self._known), one))[0]


@contextmanager
def scheduled_by(seed: int) -> Generator[None]:
    """Let *seed* decide the order of tasks in every `trio.run` of this block.

    Raises:
        TrioChanged: This Trio cannot do that any more.
    """
    run = _run_module()
    switch, chance, status = getattr(run, _SWITCH), getattr(run, _CHANCE), getattr(run, _STATUS)
    state, made = chance.getstate(), getattr(status, _MADE)

    def made_in_order(self: Any) -> None:
        setattr(self, _TASKS, _InOrder())
        setattr(self, _CHILDREN, _InOrder())
        made(self)

    setattr(run, _SWITCH, True)
    setattr(run, _ID, _Ordinals())
    setattr(status, _MADE, made_in_order)
    chance.seed(seed)
    try:
        yield
    finally:
        setattr(run, _SWITCH, switch)
        delattr(run, _ID)
        setattr(status, _MADE, made)
        chance.setstate(state)


def about_to_raise(task: Task) -> BaseException | None:
    """Return the exception that *task*, which is about to run, will be resumed with, if it is one."""
    sent = getattr(task, _NEXT)
    return sent.error if isinstance(sent, outcome.Error) else None


def _run_module() -> Any:
    run = getattr(getattr(trio, "_core", None), "_run", None)
    if run is None:
        raise TrioChanged(lacks="trio._core._run")
    if not isinstance(getattr(run, _SWITCH, None), bool):
        raise TrioChanged(lacks=f"bool trio._core._run.{_SWITCH}")
    if not isinstance(getattr(run, _CHANCE, None), Random):
        raise TrioChanged(lacks=f"random.Random trio._core._run.{_CHANCE}")
    status = getattr(run, _STATUS, None)
    for name in (_MADE, _TASKS, _CHILDREN):
        if not hasattr(status, name):
            raise TrioChanged(lacks=f"trio._core._run.{_STATUS}.{name}")
    if not hasattr(Task, _NEXT):
        raise TrioChanged(lacks=f"Task.{_NEXT}")
    return run
