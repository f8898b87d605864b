"""What the actors of the census say to each other."""

from __future__ import annotations

from typing import Final

import attrs

import trio_smith as smith

from ._count import FileCount
from ._record import Stamp
from ._source import Source
from ._totals import Totals

DELIVERIES: Final = 4
"""How often a message is delivered before it is given up. The saboteur spares the last one."""


@smith.message
class Parse:
    """To a parser: count this file and send the result on."""

    source: Source


@smith.message
class Add:
    """To the aggregator: the result of the delivery number *attempt* to a parser.

    *stamp* is what the file had before it was read; None if nothing could be read.
    """

    count: FileCount
    attempt: int
    stamp: Stamp | None = None


@smith.message
class Settle(smith.Request[None]):
    """To anybody: answered when all that was sent before it has been handled, or given up."""


@smith.message
class Known(smith.Request[frozenset[str]]):
    """To the aggregator: the paths that have been counted."""


@attrs.frozen(kw_only=True)
class Standing:
    """How far the census has come."""

    totals: Totals
    repeats: int


@smith.message
class HowFar(smith.Request[Standing]):
    """To the aggregator: how far has it come?"""
