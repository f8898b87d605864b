"""The aggregator: the one who enters results into the ledger."""

from __future__ import annotations

from typing import ClassVar

import trio_smith as smith

from ._ledger import Ledger
from ._messages import DELIVERIES, Add, HowFar, Known, Settle, Standing
from ._saboteur import Saboteur, result_subject


class Aggregator(smith.Actor[Add | Settle | Known | HowFar]):
    """Enters what the parsers send. It may crash before or after that: the entry is idempotent."""

    mailbox_capacity: ClassVar[int] = 64
    max_deliveries: ClassVar[int] = DELIVERIES

    def __init__(self, ledger: Ledger, saboteur: Saboteur) -> None:
        self.ledger, self.saboteur = ledger, saboteur

    @smith.on(Add)
    def add(self, message: Add) -> None:
        """Enter one result."""
        subject = result_subject(message.count.path, message.attempt)
        with self.saboteur.over("add", subject, delivery=self.context.delivery):
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
