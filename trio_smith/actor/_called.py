"""What is to be called later must be something that can be called; asked when it is given."""

from __future__ import annotations

import inspect

from ._errors import NotAFunction


def check_called(function: object, *, by: str) -> None:
    """Refuse what *by* could not call. A coroutine is closed: nobody will await it.

    Raises:
        NotAFunction: It is not callable.
    """
    if callable(function):
        return
    if inspect.iscoroutine(function):
        function.close()
        fix = f"Give {function.__name__} without calling it, and its arguments behind it."
        raise NotAFunction(by=by, given="a coroutine", fix=fix)
    raise NotAFunction(by=by, given=f"of type {type(function).__name__}")
