"""What is asked of a store: writes, which commit together, and queries."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import attrs

from ._data import LARGEST_BATCH, a_limit, positive_seconds, to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

R_co = TypeVar("R_co", covariant=True)


@attrs.frozen
class Write(Generic[R_co]):
    """One change, as a value. Nothing happens before a store commits it; its answer is an ``R``.

    The answers of most writes can be kept beside an idempotency key, and are given again when the key
    comes again. A *grant* (a claim, a lease) is for a limited time, so it goes with no key.
    """

    grant: ClassVar[bool] = False

    @property
    def wakes(self) -> str | None:
        """Return the topic on which somebody may wait for this write; None if nobody ever does."""
        return None


@attrs.frozen
class Query(Generic[R_co]):
    """One question, as a value; its answer is an ``R`` and what was committed when it was asked."""


@attrs.frozen
class ForgetKeys(Write[int]):
    """Forget idempotency keys that are older than *keep* seconds; the answer is how many there were.

    At most *limit* at once, oldest first.
    """

    keep: float = attrs.field(kw_only=True, converter=to_seconds, validator=positive_seconds)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


def fingerprint(writes: Iterable[Write[object]]) -> bytes:
    """Return 32 bytes that tell these writes from others; equal writes have equal ones."""
    # The fields are numbers, texts, bytes, None and tuples of them, whose repr is one to one.
    return hashlib.sha256(repr(tuple(writes)).encode()).digest()
