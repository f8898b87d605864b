"""Tell cancellation from failure."""

from __future__ import annotations

import trio

from ..exits import leaves


def is_cancellation(error: BaseException) -> bool:
    """Tell whether *error* is nothing but Trio's cancellation."""
    if not isinstance(error, BaseExceptionGroup):
        return isinstance(error, trio.Cancelled)
    if isinstance(error, Exception):
        return False  # an ExceptionGroup cannot hold one
    return all(isinstance(leaf, trio.Cancelled) for leaf in leaves(error))
