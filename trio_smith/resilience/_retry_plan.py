"""Whether and when to try again."""

from __future__ import annotations

import math
from enum import Enum

from ..exits import leaves


class GiveUp(Enum):
    """Why there is no further attempt; the text follows "gave up after n attempts: "."""

    ENOUGH = "no more are allowed"
    NO_TIME = "the next one would come after the deadline"
    NO_BUDGET = "the retry budget is spent"


def retry_after(error: BaseException) -> float:
    """Return how many seconds *error* asks to be left alone, by an attribute ``retry_after``; or 0.

    `CircuitOpen` and `RateLimited` have one, and many clients of services that say "Retry-After". What is no
    finite number of seconds from 0 asks for nothing. Of a group the longest counts.
    """
    return max(_seconds(getattr(leaf, "retry_after", None)) for leaf in leaves(error))


def _seconds(asked: object) -> float:
    if isinstance(asked, (int, float)) and not isinstance(asked, bool) and 0 <= asked < math.inf:
        return float(asked)
    return 0.0


def wait_before(*, delay: float, asked: float, now: float, deadline: float) -> float | GiveUp:
    """Return how long to wait before the next attempt: *delay*, or longer if the error has *asked* for it.

    A wait that would not be over before *deadline* is not begun: it could only end in that deadline.
    """
    wait = max(delay, asked)
    return GiveUp.NO_TIME if now + wait >= deadline else wait
