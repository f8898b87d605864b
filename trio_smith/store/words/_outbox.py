"""Outbox and inbox: messages leave and arrive in the transaction of the change that they belong to.

A sender posts into the outbox; whoever carries messages sends what is pending and confirms what was
acknowledged. A receiver accepts each message in the transaction of its effect, by a high-water mark for
each sender: what comes twice is refused, and so is what would leave a gap.

An outbox is a stream of the journal for each destination: posting appends, confirming truncates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ._data import LARGEST_BATCH, OUTBOX_PREFIX, a_count, a_limit, a_name, a_prefix, check_name
from ._journal import Append, ReadEvents, Truncate
from ._request import Query, Write

if TYPE_CHECKING:
    from collections.abc import Iterable


def post(destination: str, messages: Iterable[object]) -> Append:
    """Return the write that posts *messages*; its answer is the sequence of the last one.

    Sequences count from 1 for each destination, without a gap.
    """
    check_name("destination", destination)
    return Append(OUTBOX_PREFIX + destination, messages)


def confirm(destination: str, upto: int) -> Truncate:
    """Return the write that forgets the messages up to and with sequence *upto*."""
    check_name("destination", destination)
    return Truncate(OUTBOX_PREFIX + destination, upto)


def pending(destination: str, *, after: int = 0, limit: int = 100) -> ReadEvents:
    """Return the query for the messages that wait to be confirmed; `Event.version` is their sequence."""
    check_name("destination", destination)
    return ReadEvents(OUTBOX_PREFIX + destination, after=after, limit=limit)


@attrs.frozen
class Destinations(Query[tuple[str, ...]]):
    """Ask for at most *limit* destinations that messages wait for, by name, after *after*."""

    after: str = attrs.field(default="", kw_only=True, validator=a_prefix)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class Accept(Write[None]):
    """Note that *receiver* has message *sequence* of *sender*.

    Raises `AlreadyAccepted` if it was accepted before, `InboxGap` if the one before it was not: then
    nothing of the commit is written. An incarnation of a sender that counts from 1 again needs a name of
    its own.
    """

    receiver: str = attrs.field(validator=a_name)
    sender: str = attrs.field(validator=a_name)
    sequence: int = attrs.field(validator=a_count)


@attrs.frozen
class AcceptedUpto(Query[int]):
    """Ask how far *receiver* has accepted what *sender* sent; 0 if nothing."""

    receiver: str = attrs.field(validator=a_name)
    sender: str = attrs.field(validator=a_name)
