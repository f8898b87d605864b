"""What is entered round a call: ``async with guard:``, or ``@guard`` as the decorator of a function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from trio.lowlevel import disable_ki_protection, enable_ki_protection

P = ParamSpec("P")
R = TypeVar("R")


class Guard(ABC):
    """One guard serves any number of calls and tasks at once, and is made once for what it guards."""

    __slots__ = ()

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Let a call through, perhaps after a while, or raise."""

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take note that it has ended; never a checkpoint."""

    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Callable[P, Coroutine[Any, Any, R]]:
        """Return *function*, an async one, with each call of it inside this guard."""

        @wraps(function)
        @enable_ki_protection  # Ctrl-C between entering and the body, and it would never be left
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            async with self:
                return await call_async(function, *args, **kwargs)

        return guarded


@disable_ki_protection
async def call_async(function: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what *function* returns; Ctrl-C may interrupt it, for it is the user's."""
    return await function(*args, **kwargs)
