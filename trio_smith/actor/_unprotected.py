"""Call the user's code so that Ctrl-C may interrupt it, from bookkeeping that it must not hit.

Our engine, mailboxes and loops run protected from KeyboardInterrupt, or it could tear them in the
middle of a change; what they call of the user's passes through here (or is marked by `on`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from trio.lowlevel import disable_ki_protection

R = TypeVar("R")


@disable_ki_protection
def call(function: Callable[..., R], *args: object) -> R:
    """Return ``function(*args)``."""
    return function(*args)


@disable_ki_protection
async def call_async(function: Callable[..., Awaitable[R]], *args: object) -> R:
    """Return ``await function(*args)``."""
    return await function(*args)


@disable_ki_protection
async def finish(awaitable: Awaitable[R]) -> R:
    """Return ``await awaitable``."""
    return await awaitable
