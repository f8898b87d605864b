"""The statements of inboxes, and of the one question about outboxes that the journal does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._errors import AlreadyAccepted, InboxGap
from ..words import OUTBOX_PREFIX, after_prefix
from ._statement import Sql

if TYPE_CHECKING:
    from ..words import Accept, AcceptedUpto, Destinations
    from ._statement import Program

FIRST: Final = """
    INSERT INTO smith_inbox (receiver, sender, sequence) VALUES (:receiver, :sender, 1)
    ON CONFLICT (receiver, sender) DO NOTHING"""
NEXT: Final = """
    UPDATE smith_inbox SET sequence = :sequence
    WHERE receiver = :receiver AND sender = :sender AND sequence = :before"""
MARK: Final = "SELECT sequence FROM smith_inbox WHERE receiver = :receiver AND sender = :sender"
DESTINATIONS: Final = """
    SELECT stream FROM smith_streams AS posted
    WHERE stream > :after AND stream < :end
      AND EXISTS (SELECT 1 FROM smith_events WHERE smith_events.stream = posted.stream)
    ORDER BY stream LIMIT :limit"""


def accept(write: Accept) -> Program[None]:
    """Move the mark by one, or tell why not."""
    names = {"receiver": write.receiver, "sender": write.sender}
    sequence = write.sequence
    moved = (
        (yield Sql(FIRST, names))
        if sequence == 1
        else (yield Sql(NEXT, {**names, "sequence": sequence, "before": sequence - 1}))
    )
    if moved.changed:
        return
    mark = yield from _mark(write)
    if sequence <= mark:
        raise AlreadyAccepted(receiver=write.receiver, sender=write.sender, sequence=sequence, mark=mark)
    raise InboxGap(receiver=write.receiver, sender=write.sender, sequence=sequence, mark=mark)


def accepted_upto(query: AcceptedUpto) -> Program[int]:
    """Read the mark."""
    return (yield from _mark(query))


def destinations(query: Destinations) -> Program[tuple[str, ...]]:
    """Read for whom messages wait."""
    parameters = {
        "after": OUTBOX_PREFIX + query.after,
        "end": after_prefix(OUTBOX_PREFIX),
        "limit": query.limit,
    }
    rows = (yield Sql(DESTINATIONS, parameters)).rows
    return tuple(stream.removeprefix(OUTBOX_PREFIX) for (stream,) in rows)


def _mark(asked: Accept | AcceptedUpto) -> Program[int]:
    rows = (yield Sql(MARK, {"receiver": asked.receiver, "sender": asked.sender})).rows
    return int(rows[0][0]) if rows else 0
