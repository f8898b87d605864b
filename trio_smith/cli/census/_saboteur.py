"""The saboteur: which deliveries crash. Pure; chance comes out of a seed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from enum import Enum
from hashlib import blake2b

import attrs


class Strike(Enum):
    """What the saboteur does to one delivery."""

    NONE = "none"
    BEFORE = "before"
    """Crash before the work: nothing has happened yet."""
    AFTER = "after"
    """Crash after it: its effects are there, but nobody was told, so it will be done again."""


class Sabotaged(Exception):
    """A handler was made to crash."""


@attrs.frozen(kw_only=True)
class Saboteur:
    """Makes about *rate* of all deliveries crash, from 0 to 1, but never the last of *deliveries*.

    Each decision is a hash of the seed, the handler, its subject and the number of the delivery, and so
    the same on every run, whatever the scheduling.
    """

    rate: float = attrs.field(validator=[attrs.validators.ge(0), attrs.validators.le(1)])
    seed: int
    deliveries: int = attrs.field(validator=attrs.validators.ge(1))

    def strike(self, handler: str, subject: str, *, delivery: int) -> Strike:
        """Decide about one delivery, counted from 1."""
        if delivery >= self.deliveries:
            return Strike.NONE
        text = f"{self.seed}\0{handler}\0{subject}\0{delivery}"
        # A path may hold bytes that are no text: they came in as surrogates.
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest, "big")
        chance, side = (number >> 11) / 2**53, number & 1  # 53 bits, so that it stays below 1
        if chance >= self.rate:
            return Strike.NONE
        return Strike.BEFORE if side else Strike.AFTER

    @contextmanager
    def over(self, handler: str, subject: str, *, delivery: int) -> Generator[None, None, None]:
        """Do the work in the block, and crash before or after it as decided.

        Raises:
            Sabotaged: It was decided so.
        """
        strike = self.strike(handler, subject, delivery=delivery)
        if strike is Strike.BEFORE:
            raise Sabotaged(f"before {handler} {subject}, delivery {delivery}")
        yield
        if strike is Strike.AFTER:
            raise Sabotaged(f"after {handler} {subject}, delivery {delivery}")

    def crashes(self, paths: Iterable[str]) -> int:
        """Return how many crashes a census of *paths* meets: the strikes on its parsers and its aggregator.

        Every delivery to a parser that comes to its effect sends one result to the aggregator.
        """
        number = 0
        for path in paths:
            for delivery in range(1, self.deliveries + 1):
                strike = self.strike("parse", path, delivery=delivery)
                if strike is not Strike.BEFORE:
                    number += self._crashes_adding(path, attempt=delivery)
                if strike is Strike.NONE:
                    break
                number += 1
        return number

    def _crashes_adding(self, path: str, *, attempt: int) -> int:
        subject = result_subject(path, attempt)
        number = 0
        while self.strike("add", subject, delivery=number + 1) is not Strike.NONE:
            number += 1
        return number


def result_subject(path: str, attempt: int) -> str:
    """Return what distinguishes the result of one delivery to a parser from those of its others."""
    return f"{path}\0{attempt}"
