"""Let a function run beside a block, without changing how the block ends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable


@asynccontextmanager
async def beside(function: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Run *function* while the block lasts; if it returns before, the block is cancelled, and no more.

    What the block raises comes out as it is, and not in a group, as long as nothing else was raised.
    """
    only: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:

            async def run() -> None:
                await function()
                nursery.cancel_scope.cancel()

            nursery.start_soon(run)
            yield
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        only, *others = group.exceptions
        if others:
            raise
    if only is not None:
        raise only
