"""What became of the dead letters that were sent again."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Replayed:
    """How many letters were sent again, and how many could not be: those may be tried another time."""

    sent: int = 0
    full: int = 0
    """Their recipient's mailbox had no room."""
    gone: int = 0
    """No actor is at the path of their recipient, or it takes no more messages."""
    not_understood: int = 0
    """They are no messages of the protocol of the actor that they were to go to."""
