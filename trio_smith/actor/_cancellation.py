"""Tell cancellation from failure."""

from __future__ import annotations

import trio

from ..exits import leaves


def is_cancellation(error: BaseException) -> bool:
    """Tell whether *error* is nothing but Trio's cancellation."""
    if isinstance(error, Exception):
        return False  # an ExceptionGroup cannot hold one either
    return all(isinstance(leaf, trio.Cancelled) for leaf in leaves(error))
