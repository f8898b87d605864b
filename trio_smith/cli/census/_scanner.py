"""The scanner: finds the files, hands them out, and knows when all is done."""

from __future__ import annotations

from itertools import cycle

import trio

from ._addresses import Addresses
from ._messages import Known, Parse, Settle
from ._source import Place


async def scan(addresses: Addresses, place: Place, settled: trio.Event) -> None:
    """Hand every file to a parser, in turns, and set *settled* when all results are in.

    If it is restarted, with new parsers perhaps, it hands out again whatever has no result yet. What is
    then counted twice is entered once.

    Cancellation: at any await; nothing is lost that the next incarnation would not hand out again.
    """
    aggregator, parsers = addresses.find_aggregator(), addresses.find_parsers()
    known = await aggregator.ask(Known())
    for source, parser in zip(place.sources(), cycle(parsers), strict=False):
        if source.path not in known:
            await parser.tell(Parse(source))  # waits while that parser is behind
    # Mailboxes are first in, first out, and a message that has to be delivered again goes first. So
    # this is answered when the parsers have handled all files, and then the aggregator all results.
    for parser in parsers:
        await parser.ask(Settle())
    await aggregator.ask(Settle())
    settled.set()
