"""What can go wrong between those who emit events and those who receive them."""

from __future__ import annotations

from trio_smith.errors import ErrorFamily, MisuseError


class EventFeedback(MisuseError):
    """A subscriber answers events with events without end; the bus drops what is too much.

    Counted as a failure of that subscriber, never raised.
    """

    family = ErrorFamily.EVENT
    fix = "Let the subscriber ignore the events that it causes itself."

    def __init__(self, *, caused: int) -> None:
        self.caused = caused
        super().__init__(what="dropped an event", why=f"one event had caused {caused} others already")
