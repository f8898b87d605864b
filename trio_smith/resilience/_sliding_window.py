"""Whether something happens too often: a limit of occurrences within a span of time."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """Allow at most *limit* occurrences within any *within* seconds; ``math.inf`` seconds means ever.

    Two occurrences exactly *within* apart still share a window. Keeps no more than ``limit + 1`` times.
    Times are the caller's, in seconds, and must never go back from one call to the next.

    Source: ``add_restart`` and ``inPeriod`` of OTP's ``supervisor.erl``.
    """

    __slots__ = ("_limit", "_times", "_within")

    def __init__(self, limit: int, within: float) -> None:
        """Raise ValueError unless *limit* is 0 or more and *within* more than 0."""
        if limit < 0:
            raise ValueError(f"a window's limit must be 0 or more, not {limit!r}")
        if not within > 0:  # so that NaN is refused too
            raise ValueError(f"a window must be longer than 0 seconds, not {within!r}")
        self._limit = limit
        self._within = within
        # Forgetting the oldest of limit + 2 changes no verdict: what remains is over the limit until it ages.
        self._times: deque[float] = deque(maxlen=limit + 1)

    def admit(self, now: float) -> bool:
        """Note an occurrence at *now*; return whether the limit still holds.

        An occurrence that was refused counts like any other.
        """
        self._forget(now)
        self._times.append(now)
        return len(self._times) <= self._limit

    def count(self, now: float) -> int:
        """Return how many occurrences lie in the window that ends at *now*, at most the limit and one."""
        self._forget(now)
        return len(self._times)

    def __len__(self) -> int:
        """Return how many occurrences there were when it was last asked."""
        return len(self._times)

    def clear(self) -> None:
        """Forget all occurrences."""
        self._times.clear()

    def _forget(self, now: float) -> None:
        times = self._times
        # Written as a sum, as OTP does: `now - then > within` rounds differently at the border.
        while times and now > times[0] + self._within:
            times.popleft()
