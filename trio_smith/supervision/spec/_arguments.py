"""Whether an async function takes the arguments that it was given, asked without running it."""

from __future__ import annotations

from inspect import CO_COROUTINE
from types import FunctionType
from typing import TYPE_CHECKING, Any

from .._errors import InvalidSpec
from ._plain_function import plain_function

if TYPE_CHECKING:
    from ._child_spec import ChildSpec

_FIX = "Give the function what it takes, by position; keyword arguments go by functools.partial."


def check_arguments(spec: ChildSpec, path: tuple[str, ...]) -> None:
    """Check that the async function of *spec* can be called with the arguments there.

    Not for the template of a pool, whose instances bring arguments of their own.

    Raises:
        InvalidSpec: There are too many arguments or too few; the words are Python's.
    """
    start: Any = spec.start
    plain: Any = start
    if type(start) is FunctionType:
        # The plain case first: every start of a child asks.
        code, given = start.__code__, len(spec.args)
        if spec.ready_at_once and not code.co_kwonlyargcount and given <= code.co_argcount:
            defaults = start.__defaults__
            if given >= (code.co_argcount if defaults is None else code.co_argcount - len(defaults)):
                return
    else:
        plain = plain_function(start)
    if type(plain) is not FunctionType or not plain.__code__.co_flags & CO_COROUTINE:
        return  # calling it, a mock for example, runs code: that is left for the start
    try:
        # Of an async function the call binds the arguments, and does no more.
        coroutine = start(*spec.args) if spec.ready_at_once else start(*spec.args, task_status=None)
    except TypeError as error:
        name = spec.name or plain.__name__
        raise InvalidSpec(path=(*path, name), field="args", why=str(error), fix=_FIX) from None
    coroutine.close()
