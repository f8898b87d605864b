"""What the tests of protocols share: two messages, and a class that cannot be made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import trio_smith as smith


@smith.message
class Add(smith.Request[int]):
    """Answered by the sum so far."""

    number: int = 0


@smith.message
class Reset:
    """Begin anew."""


def refused(make: Callable[[], object]) -> str:
    """Return why *make* cannot make its actor class."""
    with pytest.raises(smith.BadProtocol) as caught:
        make()
    assert isinstance(caught.value, TypeError)
    assert caught.value.actor.endswith("Broken")
    return caught.value.why
