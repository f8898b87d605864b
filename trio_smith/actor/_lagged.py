"""What an actor is told that was too slow for a subscription."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Lagged:
    """What `Actor.on_lagged` is told: a subscription to ``pattern`` has ended, as its mailbox was full.

    ``delivered`` counts the messages that came through it; the first one that had no room is a dead letter.
    """

    pattern: str
    delivered: int
