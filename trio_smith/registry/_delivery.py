"""What became of one message that was meant for several actors."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Delivery:
    """How many actors (or subscriptions) a message went to, and how."""

    delivered: int = 0
    """It is in the mailbox, as after a tell."""
    waiting: int = 0
    """It waits in the subscription's backlog until the mailbox has room."""
    dropped: int = 0
    """It is a dead letter."""
