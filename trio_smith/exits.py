"""Why something ended: the exit reasons of children, actors and supervisors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias, cast

import attrs

from .errors import say


@attrs.frozen
class Returned:
    """It came to its end by itself, without an exception."""

    def __str__(self) -> str:
        return "returned"


@attrs.frozen
class ShutDown:
    """It raised `Shutdown`, or it is a supervisor that gave up or shut itself down; normal-like."""

    why: object = None

    def __str__(self) -> str:
        if isinstance(self.why, BaseException):
            return f"shut down ({say(self.why)})"
        return "shut down" if self.why is None else f"shut down ({self.why})"


@attrs.frozen
class Stopped:
    """It was asked to stop and ended within its grace, whatever it raised meanwhile."""

    def __str__(self) -> str:
        return "stopped"


@attrs.frozen
class Killed:
    """It was cancelled because its grace had passed, or because its grace was 0."""

    def __str__(self) -> str:
        return "killed"


@attrs.frozen(eq=False)
class Crashed:
    """It ended with an exception that nobody had asked for."""

    exception: BaseException

    def __str__(self) -> str:
        return f"crashed ({say(self.exception)})"


@attrs.frozen(kw_only=True)
class NodeLost:
    """The node that it lived on cannot be reached any more; whether it still runs is unknown."""

    node: str

    def __str__(self) -> str:
        return f"node {self.node} lost"


ExitReason: TypeAlias = Returned | ShutDown | Stopped | Killed | Crashed | NodeLost
"""Why something ended: `Returned`, `ShutDown`, `Stopped`, `Killed`, `Crashed` or `NodeLost`."""

_FATAL: Final = (KeyboardInterrupt, SystemExit)

RETURNED: Final = Returned()
STOPPED: Final = Stopped()
KILLED: Final = Killed()


def is_normal(reason: ExitReason) -> bool:
    """Tell whether a supervisor counts *reason* as normal-like: returned or shut down."""
    return isinstance(reason, (Returned, ShutDown))


class Shutdown(Exception):
    """Raise it in a child to end this incarnation normally: ``raise Shutdown("no more work")``.

    A permanent child is restarted, a transient one stays down, a temporary one is forgotten.
    """

    def __init__(self, why: object = None) -> None:
        self.why = why
        super().__init__() if why is None else super().__init__(why)


class Ignore(Exception):
    """Raise it in a child before it is ready: it counts as started and has no task.

    Raised after the child was ready, it is a crash like any other exception.
    """


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions in *error* that are no groups; *error* itself if it is none.

    Not recursive: a group may be nested deeper than the stack is.
    """
    stack: list[BaseException] = [error]
    while stack:
        one = stack.pop()
        if isinstance(one, BaseExceptionGroup):
            stack.extend(reversed(cast("BaseExceptionGroup[BaseException]", one).exceptions))
        else:
            yield one


def is_fatal(error: BaseException) -> bool:
    """Tell whether *error* asks the whole program to end: Ctrl-C or a system exit, also inside a group."""
    if isinstance(error, BaseExceptionGroup):
        return any(isinstance(leaf, _FATAL) for leaf in leaves(cast("BaseException", error)))
    return isinstance(error, _FATAL)
