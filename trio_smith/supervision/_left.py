"""Tell whether a tree still has messages to handle."""

from __future__ import annotations

from ._shell import Shell


def messages_left(shell: Shell) -> int:
    """Return how many messages wait, are in hand, or are answered later, in all actors below *shell*."""
    left = 0
    for one in shell.below():
        for runner in one.runners():
            cell = runner.cell
            if cell is not None:
                beside = 0 if cell.extras is None else len(cell.extras.later) + len(cell.extras.redelivery)
                left += len(cell.queue) - cell.withdrawn + (cell.in_hand is not None) + beside
    return left
