"""Tell the time to code that must not read a clock by itself."""

from __future__ import annotations

from typing import Protocol

import trio


class Clock(Protocol):
    """A clock that never goes back; only differences between its readings mean something."""

    def now(self) -> float:
        """Return the current time in seconds since some fixed moment."""
        ...


class TrioClock:
    """The clock of the running Trio loop; a virtual one such as `trio.testing.MockClock` rules it too."""

    __slots__ = ()

    def now(self) -> float:
        """Return `trio.current_time`; raises RuntimeError outside of `trio.run`."""
        return trio.current_time()
