"""What a cancellation does to the work of a connection."""

from __future__ import annotations

from enum import Enum


class Work(Enum):
    """What kind of work a connection does."""

    STATEMENT = "statement"
    """The server is asked to cancel it, and its end is waited for."""
    BOUNDARY = "boundary"
    """The beginning or the end of a transaction: its end is waited for."""
    COPY = "copy"
    """The block that copies ends it."""
    TRAIN = "train"
    """Many statements on their way, or rows one by one: the connection is closed."""
