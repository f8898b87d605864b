"""The aggregator: the one who enters results into the ledger."""

from __future__ import annotations

from typing import ClassVar

import trio_smith as smith

from ._ledger import Ledger
from ._messages import DELIVERIES, Add, HowFar, Known, Settle, Standing
from ._notebook import Notebook
from ._saboteur import Saboteur, result_subject


class Aggregator(smith.Actor[Add | Settle | Known | HowFar]):
    """Enters what the parsers send. It may crash before or after that: the entry is idempotent."""

    mailbox_capacity: ClassVar[int] = 64
    max_deliveries: ClassVar[int] = DELIVERIES

    def __init__(self, ledger: Ledger, notebook: Notebook, saboteur: Saboteur) -> None:
        self.ledger, self.notebook, self.saboteur = ledger, notebook, saboteur

    @smith.on(Add)
    async def add(self, message: Add) -> None:
        """Enter one result, after it was noted: what is entered, no later run counts again."""
        subject = result_subject(message.count.path, message.attempt)
        with self.saboteur.over("add", subject, delivery=self.context.delivery):
            if message.count.path not in self.ledger.paths:
                await self.notebook.note(message.count, message.stamp)
            self.ledger.enter(message.count)

    @smith.on(Settle)
    def settle(self, _: Settle) -> None:
        """Answer, in turn."""

    @smith.on(Known)
    def known(self, _: Known) -> frozenset[str]:
        """Say which paths need not be counted again."""
        return frozenset(self.ledger.paths)

    @smith.on(HowFar)
    def how_far(self, _: HowFar) -> Standing:
        """Say how far the census has come."""
        return Standing(totals=self.ledger.totals, repeats=self.ledger.repeats)
