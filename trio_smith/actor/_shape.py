"""Whether a method can be called as an actor will call it, looked at when its class is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ._errors import BadProtocol


def check_shape(cls: type, name: str, *, takes: str) -> None:
    """Refuse the method *name* of *cls* if it cannot be called with one argument, which is *takes*.

    Raises:
        BadProtocol: It takes other arguments, or has a ``yield``.
    """
    method: Callable[..., Any] = getattr(cls, name)
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        fix = "Take the yield out: an answer is returned, at once or as smith.later(...)."
        raise BadProtocol(actor=cls.__qualname__, why=f"{name} is a generator", fix=fix)
    try:
        # What stands in __wrapped__ is not what will be called.
        signature = inspect.signature(method, follow_wrapped=False)
    except (TypeError, ValueError):
        return  # a builtin that does not tell
    try:
        signature.bind(None, None)
    except TypeError as error:
        fix = f"Write it as def {name}(self, {takes})."
        why = f"{name} cannot be called with {takes} alone ({error})"
        raise BadProtocol(actor=cls.__qualname__, why=why, fix=fix) from None
