"""What the Trio task of a child is doing: it outlives incarnations, and waits between them."""

from __future__ import annotations

from enum import Enum


class TaskState(Enum):
    """Where the Trio task of a child stands; each step is taken without a checkpoint in between."""

    ABSENT = "absent"
    """There is none, or it is about to end and takes up nothing more."""
    LIVING = "living"
    """It runs an incarnation."""
    REPORTING = "reporting"
    """It tells of the end of one."""
    PARKED = "parked"
    """It waits until it is known whether there will be another one, which it would run."""
    RENEWED = "renewed"
    """Another one was begun while it reported or was parked: it takes that up next."""


# Module globals: an attribute of an Enum class costs three times as much.
ABSENT, LIVING, REPORTING, PARKED, RENEWED = TaskState
