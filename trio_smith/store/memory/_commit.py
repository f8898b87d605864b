"""A whole commit, and a whole query, over the tables in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .. import words
from .._errors import BadRequest, KeyReused
from . import _journal, _key_value, _queue

if TYPE_CHECKING:
    from ..words import Query, Write
    from ._tables import Tables

R = TypeVar("R")


def forget_keys(tables: Tables, write: words.ForgetKeys, now: float) -> int:
    """Forget idempotency keys that are old."""
    old = sorted((at, key) for key, (_, _, at) in tables.commits.items() if at <= now - write.keep)
    for _, key in old[: write.limit]:
        del tables.commits[key]
    return min(len(old), write.limit)


WRITES: Final[Mapping[type[Write[Any]], Callable[[Tables, Any, float], Any]]] = {
    words.Append: _journal.append,
    words.Truncate: _journal.truncate,
    words.SaveSnapshot: _journal.save_snapshot,
    words.Enqueue: _queue.enqueue,
    words.Claim: _queue.claim,
    words.Renew: _queue.renew,
    words.Complete: _queue.complete,
    words.Fail: _queue.fail,
    words.Replay: _queue.replay,
    words.Discard: _queue.discard,
    words.SetTimer: _queue.set_timer,
    words.CancelTimer: _queue.cancel_timer,
    words.TakeLease: _key_value.take,
    words.RenewLease: _key_value.renew,
    words.ReleaseLease: _key_value.release,
    words.Fence: _key_value.fence,
    words.Put: _key_value.put,
    words.Delete: _key_value.delete,
    words.Expire: _key_value.expire,
    words.ForgetMarks: _key_value.forget_marks,
    words.Record: _journal.record,
    words.Accept: _journal.accept,
    words.ForgetKeys: forget_keys,
}
QUERIES: Final[Mapping[type[Query[Any]], Callable[[Tables, Any, float], Any]]] = {
    words.ReadEvents: _journal.read_events,
    words.StreamVersion: _journal.stream_version,
    words.LoadSnapshot: _journal.load_snapshot,
    words.DeadLettersOf: _queue.dead_letters,
    words.QueueDepth: _queue.depth,
    words.LeaseHolder: _key_value.holder,
    words.Get: _key_value.get,
    words.Scan: _key_value.scan,
    words.Changes: _key_value.changes,
    words.Revision: _key_value.revision_now,
    words.Expired: _key_value.expired,
    words.ReadAudit: _journal.read_audit,
    words.AuditEnd: _journal.audit_end,
    words.AcceptedUpto: _journal.accepted_upto,
    words.Destinations: _journal.destinations,
}


def commit(tables: Tables, writes: tuple[Write[Any], ...], *, key: str | None, now: float) -> tuple[Any, ...]:
    """Carry out all of *writes* or, if one raises, none."""
    try:
        answers = _commit(tables, writes, key=key, now=now)
    except BaseException:
        tables.take_back()
        raise
    tables.keep()
    return answers


def query(tables: Tables, asked: Query[R], *, now: float) -> R:
    """Answer one question."""
    answer: R = _known(QUERIES, asked)(tables, asked, now)
    return answer


def _commit(
    tables: Tables, writes: tuple[Write[Any], ...], *, key: str | None, now: float
) -> tuple[Any, ...]:
    fingerprint = b"" if key is None else words.fingerprint(writes)
    if key is not None and key in tables.commits:
        known, kept, _ = tables.commits[key]
        if known != fingerprint:
            raise KeyReused(key=key)
        return kept
    answers = tuple(_known(WRITES, write)(tables, write, now) for write in writes)
    if key is not None:
        tables.commits[key] = (fingerprint, answers, now)
    return answers


def _known(
    table: Mapping[type[Any], Callable[[Tables, Any, float], Any]], asked: object
) -> Callable[[Tables, Any, float], Any]:
    try:
        return table[type(asked)]
    except KeyError:
        raise BadRequest(
            what=f"a store in memory cannot do {type(asked).__name__}",
            why="it has no SQL",
            fix="Use a store in SQLite or PostgreSQL for tables of your own.",
        ) from None
