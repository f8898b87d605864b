"""The function inside whatever wraps it: where the parameters of a child are to be seen."""

from __future__ import annotations

import functools
import inspect
from types import FunctionType, MethodType
from typing import Any, cast


def plain_function(start: object) -> object:
    """Return the function inside partials, bound methods and callable objects."""
    plain: Any = start
    while True:
        if isinstance(plain, functools.partial):
            plain = cast("Any", plain).func
        elif isinstance(plain, MethodType):
            plain = plain.__func__
        elif isinstance(plain, type) or hasattr(plain, "__code__"):
            return cast("object", plain)
        else:
            method = inspect.getattr_static(type(plain), "__call__", None)  # pyright: ignore[reportUnknownArgumentType]
            if not hasattr(method, "__code__"):
                return cast("object", plain)
            plain = method


def takes_task_status(start: object) -> bool:
    """Tell whether *start* has a parameter ``task_status``, with which it reports that it is ready."""
    plain = start if type(start) is FunctionType else plain_function(start)
    code = getattr(plain, "__code__", None)
    if code is None:
        return False
    return "task_status" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
