"""Let what runs in a tree find the runtime round it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from ..errors import ErrorFamily, MisuseError

if TYPE_CHECKING:
    from ._runtime import Runtime

CURRENT: ContextVar[Runtime] = ContextVar("trio_smith.runtime")


class NoRuntime(MisuseError, RuntimeError):
    """There is no runtime round the code that asked for it."""

    family = ErrorFamily.RUNTIME
    fix: str = "Ask inside of a tree that open_runtime or trio-smith run has started."

    def __init__(self) -> None:
        super().__init__(what="there is no runtime here", why="this code was started by something else")


def current_runtime() -> Runtime:
    """Return the runtime that has started the tree in which this is called.

    A child learns from it that the program begins to stop (``current_runtime().draining``), and what the
    settings are now (``current_runtime().settings``). Contexts lead to it, as to any context variable.

    Raises:
        NoRuntime: There is none.
    """
    try:
        return CURRENT.get()
    except LookupError:
        raise NoRuntime from None
