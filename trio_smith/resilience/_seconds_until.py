"""How long to wait for a moment, so that it has come when the wait is over."""

from __future__ import annotations

import math


def seconds_until(moment: float, now: float) -> float:
    """Return the least seconds, from 0, after which *moment* has come: ``now + seconds >= moment``.

    The difference alone may round to just below it, and who waits so long would be sent away once more.
    """
    seconds = max(0.0, moment - now)
    while now + seconds < moment:
        seconds = math.nextafter(seconds, math.inf)
    return seconds
