"""What a full mailbox does with one more message, and how it answers an offer."""

from __future__ import annotations

from enum import Enum


class Overflow(Enum):
    """Policy of a bounded mailbox at its bound."""

    WAIT = "wait"
    """The sender waits for room; a sender that cannot wait is refused."""
    REFUSE = "refuse"
    """The sender is refused at once, also one that could wait."""
    DROP_OLDEST = "drop_oldest"
    """The message that has waited longest makes room for the new one."""
    DROP_NEWEST = "drop_newest"
    """The new message is dropped; a sender that only sends is not told."""


class Lane(Enum):
    """The two lanes of a mailbox: whatever waits in the system lane is received first."""

    SYSTEM = "system"
    USER = "user"


class Offer(Enum):
    """How a mailbox answers one message."""

    TAKEN = "taken"
    DROPPED = "dropped"
    """The policy dropped this very message."""
    FULL = "full"
    CLOSED = "closed"
