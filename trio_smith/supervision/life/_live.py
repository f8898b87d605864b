"""Begin one incarnation of a child: what its spec names is called in its own Trio task."""

from __future__ import annotations

from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from ...actor import Actor, Cell
from ...actor._unprotected import call, call_async, finish
from ..spec import ACTOR, FUNCTION, SUPERVISOR, Kind, about_product, default_restart, shown
from ._task_status import TaskStatus

if TYPE_CHECKING:
    from ._runner import Runner


def live(runner: Runner) -> Awaitable[object]:
    """Begin an incarnation in the Trio task of the child; return the rest of its life."""
    spec = runner.spec
    start: Any = spec.start
    if spec.kind is FUNCTION:
        if spec.ready_at_once:
            return call_async(start, *spec.args)
        return call_async(lambda: start(*spec.args, task_status=TaskStatus(runner)))
    if spec.kind is ACTOR:
        assert runner.cell is not None
        return runner.cell.live(call(start, *spec.args))
    if spec.kind is SUPERVISOR:
        return runner.shell.run_nested(runner, start)
    return _by_factory(runner)


def _by_factory(runner: Runner) -> Awaitable[object]:
    """Call the factory; what it returns decides what the child is, for good."""
    start: Any = runner.spec.start
    made: Any = call(start, *runner.spec.args)
    made_kind: type[Any] = type(made)  # pyright: ignore[reportUnknownVariableType]
    kind = Kind.ACTOR if issubclass(made_kind, Actor) else Kind.FUNCTION
    if kind is Kind.FUNCTION and not hasattr(made, "__await__"):
        raise TypeError(about_product(start, made))
    if runner.kind is Kind.FACTORY:
        runner.kind = kind
        runner.restart = runner.spec.restart or default_restart(kind)
        if kind is Kind.ACTOR:
            runner.cell = Cell(runner, made_kind)  # pyright: ignore[reportUnknownArgumentType]
    elif runner.kind is not kind or (runner.cell is not None and made_kind is not runner.cell.kind):
        if made_kind is CoroutineType:
            made.close()
        raise TypeError(f"{shown(start)} returned {shown(made)}, another kind of child than before")
    if runner.cell is not None:
        return runner.cell.live(made)
    runner.ready()
    return finish(made)
