"""The reporter: says how far the census has come while it runs."""

from __future__ import annotations

import trio

from ._addresses import Addresses
from ._messages import HowFar
from ._progress import progress_line
from ._screen import Screen
from ._tally import Tally


async def report(addresses: Addresses, tally: Tally, screen: Screen) -> None:
    """Ask the aggregator again and again, and show what it says, until it is cancelled."""
    aggregator = addresses.find_aggregator()
    began = trio.current_time()
    while True:
        await trio.sleep(screen.interval)
        standing = await aggregator.ask(HowFar())
        seconds, restarts = trio.current_time() - began, tally.restarts
        screen.progress(progress_line("supervised", standing.totals, restarts=restarts, seconds=seconds))
