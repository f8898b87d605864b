"""What follows on the end of an incarnation."""

from __future__ import annotations

from enum import Enum


class Next(Enum):
    """What the Trio task of a child does after one incarnation."""

    AGAIN = "again"
    PARK = "park"
    END = "end"


AGAIN, PARK, END = Next  # an attribute of an Enum class costs three times as much
