"""A parser: reads a file, counts it, and sends the result on."""

from __future__ import annotations

from typing import ClassVar

import trio

import trio_smith as smith

from ._messages import DELIVERIES, Add, Parse, Settle
from ._saboteur import Saboteur
from ._source import Place


class Parser(smith.Actor[Parse | Settle]):
    """One of a pool, without a state: a crash costs the work on one message, which is delivered again.

    A short mailbox is the back-pressure: who hands out files waits when the parsers are behind, and
    they wait when the aggregator is.
    """

    mailbox_capacity: ClassVar[int] = 8
    max_deliveries: ClassVar[int] = DELIVERIES

    def __init__(self, place: Place, results: smith.Ref[Add], saboteur: Saboteur) -> None:
        self.place, self.results, self.saboteur = place, results, saboteur

    @smith.on(Parse)
    async def parse(self, message: Parse) -> None:
        """Count one file. A file that cannot be parsed is a result like any other, and no crash."""
        # Parsing holds the thread for milliseconds: let the others have a turn between two files.
        await trio.lowlevel.checkpoint()
        attempt = self.context.delivery
        with self.saboteur.over("parse", message.source.path, delivery=attempt):
            # The stamp first: a file that changes between the two is counted anew by a later run.
            stamp = self.place.stamp(message.source.path)
            count = self.place.count(message.source)
            await self.results.tell(Add(count, attempt, stamp))

    @smith.on(Settle)
    def settle(self, _: Settle) -> None:
        """Answer, in turn."""
