# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""The messages and actors that the typed uses share."""

from __future__ import annotations

import trio_smith as smith


class InsufficientFunds(Exception):
    """Declared by Withdraw."""


@smith.message(raises=(InsufficientFunds,))
class Withdraw(smith.Request[int]):
    """Answered by an int."""

    amount: int


@smith.message
class WithdrawAll(Withdraw):
    """A Withdraw of another class."""


@smith.message
class Name(smith.Request[str]):
    """Answered by a str."""


@smith.message
class Find(smith.Request[list[str] | None]):
    """Answered by a list, or None."""

    pattern: str = "*"
    limit: int = 10


@smith.message
class Audit:
    """No answer."""

    note: str


@smith.message
class Foreign(smith.Request[int]):
    """Outside of the protocols here."""


class Account(smith.Actor[Withdraw | Name | Find | Audit]):
    """Understands four messages."""

    def __init__(self, owner: str, balance: int = 0) -> None:
        self.owner, self.balance = owner, balance

    @smith.on(Withdraw)
    async def withdraw(self, message: Withdraw) -> int:
        """Be async."""
        if message.amount > self.balance:
            raise InsufficientFunds
        return self.balance

    @smith.on(Name)
    def name(self, message: Name) -> str:
        """Be sync."""
        return self.owner

    @smith.on(Find, cancellable=True)
    async def find(self, message: Find) -> list[str] | smith.Later[list[str] | None] | None:
        """Be cancellable, and answer later."""
        if message.limit:
            return smith.later(self.search, message.pattern, message.limit)
        return None

    async def search(self, pattern: str, limit: int) -> list[str] | None:
        """Work beside the handlers."""
        return [pattern] * limit

    @smith.on(Audit)
    def audit(self, message: Audit) -> None:
        """Answer nothing."""
