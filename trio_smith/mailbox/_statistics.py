"""The numbers of a mailbox, as one frozen value."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class MailboxStatistics:
    """Counts of messages since the mailbox was made; of the system lane only ``system_depth`` tells.

    ``sent == received + dropped + withdrawn + depth`` at every moment.
    """

    capacity: int
    depth: int
    """Messages that wait now; never more than ``capacity``."""
    peak: int
    """The largest ``depth`` so far."""
    sent: int
    """Messages that the mailbox took, also those that its policy dropped."""
    received: int
    """Messages handed to the receiver."""
    dropped: int
    """Messages taken and never handed out: dropped at the bound, or discarded when it closed."""
    withdrawn: int
    """Messages taken back by their sender before anybody had received them."""
    system_depth: int
    """Items that wait in the system lane."""
    senders_waiting: int
    """Senders that wait for room."""
