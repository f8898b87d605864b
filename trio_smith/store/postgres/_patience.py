"""Wait for a server that may say nothing any more."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio

from .._errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


@contextmanager
def patience(seconds: float, *, what: str) -> Generator[Callable[[], None]]:
    """Give the block *seconds*, and so many more from each call of what it is given.

    Raises:
        StoreUnavailable: They were not enough for *what*.
    """
    scope = trio.CancelScope(deadline=trio.current_time() + seconds)

    def more() -> None:
        scope.deadline = trio.current_time() + seconds

    with scope:
        yield more
    if scope.cancelled_caught:
        raise StoreUnavailable(what=what, why=f"the server did not answer within {seconds:g} s")
