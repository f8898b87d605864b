"""Where the actors of the census are found."""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

import trio_smith as smith

from ._aggregator import Aggregator
from ._messages import Add, HowFar, Known, Parse, Settle
from ._parser import Parser

RESULTS: Final = "results"
AGGREGATOR: Final = "aggregator"
WORK: Final = "work"
PARSERS: Final = "parsers"

AggregatorRef: TypeAlias = smith.Ref[Add | Settle | Known | HowFar]
ParserRef: TypeAlias = smith.Ref[Parse | Settle]


@attrs.frozen(kw_only=True)
class Addresses:
    """Looks actors up by their names.

    A ref outlives the crashes of its actor, but not those of the supervisor above it. So whoever is
    started looks up whom it needs, instead of being given refs once and for all.
    """

    system: smith.System
    parsers: int

    def parser_names(self) -> list[str]:
        """Return the names of the parsers under their supervisor."""
        return [f"parser-{number}" for number in range(1, self.parsers + 1)]

    def find_aggregator(self) -> AggregatorRef:
        """Return the aggregator."""
        return self.system.find(f"{RESULTS}/{AGGREGATOR}", Aggregator)

    def find_parsers(self) -> list[ParserRef]:
        """Return all parsers."""
        return [self.system.find(f"{WORK}/{PARSERS}/{name}", Parser) for name in self.parser_names()]
