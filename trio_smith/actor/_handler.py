"""``@on(Message)``: mark a method as the handler of a message, with its answer checked by type checkers."""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar, overload

import attrs
from trio.lowlevel import disable_ki_protection

from ..messages import Answers
from ..messages._request import Accepts
from ._errors import BadProtocol
from ._later import Later

Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")

_MARK = "__smith_on__"


@attrs.frozen(kw_only=True)
class Handler:
    """How an actor class handles one message."""

    name: str
    message: type
    cancellable: bool
    errors: tuple[type[Exception], ...]


@attrs.frozen
class Mark:
    """What `on` noted about a method."""

    message: type
    cancellable: bool


class OnRequest(Generic[Q, R]):
    """The decorator for a message that is answered."""

    __slots__ = ("_mark",)

    def __init__(self, mark: Mark) -> None:
        self._mark = mark

    @overload
    def __call__(
        self, method: Callable[[S, Q], Coroutine[Any, Any, R | Later[R]]], /
    ) -> Callable[[S, Q], Coroutine[Any, Any, R | Later[R]]]: ...
    @overload
    def __call__(self, method: Callable[[S, Q], R | Later[R]], /) -> Callable[[S, Q], R | Later[R]]: ...
    def __call__(self, method: Callable[[S, Q], Any], /) -> Callable[[S, Q], Any]:
        """Mark *method*."""
        return marked(method, self._mark)


class OnTell(Generic[Q]):
    """The decorator for a message that has no answer."""

    __slots__ = ("_mark",)

    def __init__(self, mark: Mark) -> None:
        self._mark = mark

    @overload
    def __call__(
        self, method: Callable[[S, Q], Coroutine[Any, Any, Later[None] | None]], /
    ) -> Callable[[S, Q], Coroutine[Any, Any, Later[None] | None]]: ...
    @overload
    def __call__(
        self, method: Callable[[S, Q], Later[None] | None], /
    ) -> Callable[[S, Q], Later[None] | None]: ...
    def __call__(self, method: Callable[[S, Q], Any], /) -> Callable[[S, Q], Any]:
        """Mark *method*."""
        return marked(method, self._mark)


@overload
def on(  # type: ignore[overload-overlap]  # a request is also a type[Q]; the first match is meant
    message: type[Answers[Accepts[Q], R]], /, *, cancellable: bool = False
) -> OnRequest[Q, R]: ...
@overload
def on(message: type[Q], /) -> OnTell[Q]: ...
def on(message: type[Any], /, *, cancellable: bool = False) -> Any:
    """Make a method the handler of *message* (and of its subclasses that have no handler of their own).

    The method takes the message and returns its answer, or `later` of it; sync methods are welcome
    and faster. With ``cancellable=True`` the cancellation or the deadline of the asker cancels the
    handler, and the asker waits until it has unwound, at most the grace of the actor.

    Raises:
        BadProtocol: *message* is missing: what stands there is the method.
    """
    _refuse_method(message)
    mark = Mark(message, cancellable)
    return OnRequest[Any, Any](mark) if hasattr(message, "__ask__") else OnTell[Any](mark)


def _refuse_method(given: object) -> None:
    if isinstance(given, types.FunctionType):
        name = given.__name__
        raise BadProtocol(
            actor=given.__qualname__.rpartition(".")[0] or name,
            why=f"@smith.on above {name} lacks its message",
            fix=f"Write @smith.on(Message) above {name}.",
        )


def marked(method: Callable[..., Any], mark: Mark) -> Callable[..., Any]:
    """Note *mark* on *method*; Ctrl-C may interrupt it, unlike the loop that calls it."""
    if isinstance(method, types.FunctionType):
        disable_ki_protection(method)
    setattr(method, _MARK, mark)
    return method


def mark_of(method: object) -> Mark | None:
    """Return what `on` noted about *method*, if anything."""
    mark = getattr(method, _MARK, None)
    return mark if isinstance(mark, Mark) else None  # some objects have every attribute that one asks for
