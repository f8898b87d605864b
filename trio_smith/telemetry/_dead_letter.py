"""A message that nobody handled, and the port through which it is given up."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

import attrs

from ._fingerprint import Fingerprint


class DeadLetterReason(Enum):
    """Why a message was not handled."""

    STOPPED = "stopped"
    """Its recipient had ended for good, or ended while the message waited."""

    CRASHED = "crashed"
    """It was in hand when its recipient crashed, and is not delivered again."""

    POISON = "poison"
    """Its recipient crashed over it as often as it may be delivered."""

    OVERFLOW = "overflow"
    """The mailbox was full, and its policy gave this message up."""

    NOT_HANDLED = "not_handled"
    """Its recipient took it, or was published it, but has no handler for it."""

    UNSUBSCRIBED = "unsubscribed"
    """It waited for a subscriber that has left its topic."""

    __hash__ = object.__hash__  # they are counted by reason; Enum's own runs in Python


@attrs.frozen(kw_only=True)
class DeadLetter:
    """One message that was given up."""

    message: object
    recipient: str
    """The path of the actor that it was meant for."""
    reason: DeadLetterReason
    at: float
    """When it was given up, in seconds of the system's clock."""
    number: int
    """Counts the dead letters of a system from 1; a gap tells of letters that were dropped."""
    fingerprint: Fingerprint | None = None
    """What the failures over this message have in common, where there was one."""
    deliveries: int = 1
    """How often the recipient began to handle it."""


class DeadLetterSink(Protocol):
    """Takes messages that nobody handled."""

    def record(
        self,
        message: object,
        *,
        recipient: str,
        reason: DeadLetterReason,
        fingerprint: Fingerprint | None = None,
        deliveries: int = 1,
    ) -> None:
        """Take *message*, meant for the actor at path *recipient*. Never raises and never waits."""
        ...
