"""Whether an async function takes the arguments that it was given, asked without running it."""

from __future__ import annotations

from inspect import CO_COROUTINE
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ._errors import InvalidSpec
from ._plain_function import plain_function

if TYPE_CHECKING:
    from ._child_spec import ChildSpec

_FIX = "Give the function what it takes, by position; keyword arguments go by functools.partial."


def check_arguments(spec: ChildSpec, path: tuple[str, ...]) -> None:
    """Check that the call of an async function can be made; the rest shows when it is started.

    Not for the template of a pool, whose instances bring arguments of their own.

    Raises:
        InvalidSpec: There are too many arguments or too few; the words are Python's.
    """
    start: Any = spec.start
    reports = not spec.ready_at_once
    plain = start if type(start) is FunctionType else plain_function(start)
    # Where the call itself runs code of the user's (a factory, a mock), it is left for the start.
    if type(plain) is not FunctionType or not plain.__code__.co_flags & CO_COROUTINE:
        return
    code = plain.__code__
    if start is plain and not reports and not code.co_kwonlyargcount:
        # The plain case first: every start of a child asks.
        least = code.co_argcount - len(plain.__defaults__ or ())
        if least <= len(spec.args) <= code.co_argcount:
            return
    try:
        # Of an async function the call binds the arguments, and does no more.
        coroutine = start(*spec.args, task_status=None) if reports else start(*spec.args)
    except TypeError as error:
        name = spec.name or plain.__name__
        raise InvalidSpec(path=(*path, name), field="args", why=str(error), fix=_FIX) from None
    coroutine.close()
