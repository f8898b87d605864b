"""A whole commit, and a whole query, as programs of statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .. import words
from .._errors import BadRequest, KeyReused
from . import _audit, _journal, _key_value, _leases, _outbox, _queue
from ._statement import Program, Row, Sql

if TYPE_CHECKING:
    from ..words import Query, Write

R = TypeVar("R")

RESERVE_KEY: Final = """
    INSERT INTO smith_commits (key, fingerprint, answers, at) VALUES (:key, :fingerprint, '', :now)
    ON CONFLICT (key) DO NOTHING"""
KEEP_ANSWERS: Final = "UPDATE smith_commits SET answers = :answers WHERE key = :key"
FIND_KEY: Final = "SELECT fingerprint, answers FROM smith_commits WHERE key = :key"
# Those that somebody else is about to forget are passed over.
FORGET_KEYS: Final = """
    WITH old AS MATERIALIZED (
        SELECT key FROM smith_commits WHERE at <= :now - :keep
        ORDER BY at, key LIMIT :limit /*postgres FOR UPDATE SKIP LOCKED */
    )
    DELETE FROM smith_commits
    WHERE key /*postgres = ANY (ARRAY(SELECT key FROM old)) -- */ IN (SELECT key FROM old)"""


def execute(write: words.Execute) -> Program[int]:
    """Run a statement of the application."""
    return (yield Sql(write.statement, dict(write.parameters))).changed


def forget_keys(write: words.ForgetKeys) -> Program[int]:
    """Delete idempotency keys that are old."""
    return (yield Sql(FORGET_KEYS, {"keep": write.keep, "limit": write.limit})).changed


def select(query: words.Select) -> Program[tuple[tuple[words.SqlValue, ...], ...]]:
    """Run a query of the application."""
    return tuple((yield Sql(query.statement, dict(query.parameters), query.limit)).rows)


WRITES: Final[Mapping[type[Write[Any]], Callable[[Any], Program[Any]]]] = {
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
    words.TakeLease: _leases.take,
    words.RenewLease: _leases.renew,
    words.ReleaseLease: _leases.release,
    words.Fence: _leases.fence,
    words.Put: _key_value.put,
    words.Delete: _key_value.delete,
    words.Expire: _key_value.expire,
    words.ForgetMarks: _key_value.forget_marks,
    words.Record: _audit.record,
    words.Accept: _outbox.accept,
    words.Execute: execute,
    words.ForgetKeys: forget_keys,
}
QUERIES: Final[Mapping[type[Query[Any]], Callable[[Any], Program[Any]]]] = {
    words.ReadEvents: _journal.read_events,
    words.StreamVersion: _journal.stream_version,
    words.LoadSnapshot: _journal.load_snapshot,
    words.DeadLettersOf: _queue.dead_letters,
    words.QueueDepth: _queue.depth,
    words.LeaseHolder: _leases.holder,
    words.Get: _key_value.get,
    words.Scan: _key_value.scan,
    words.Changes: _key_value.changes,
    words.Revision: _key_value.revision_now,
    words.Expired: _key_value.expired,
    words.ReadAudit: _audit.read,
    words.AuditEnd: _audit.end,
    words.AcceptedUpto: _outbox.accepted_upto,
    words.Destinations: _outbox.destinations,
    words.Select: select,
}


def commit(writes: tuple[Write[Any], ...], *, key: str | None) -> Program[tuple[Any, ...]]:
    """Carry out *writes* in order; or, if *key* was committed before, return what they answered then."""
    if key is None and len(writes) == 1:
        return ((yield from _known(WRITES, writes[0])),)  # most commits; the rest costs a tenth of them
    if key is None:
        return (yield from _carry_out(writes))
    fingerprint = words.fingerprint(writes)
    found: list[Row] = []
    while not found:
        # Whoever comes second with a key waits here until the first has committed.
        fresh = (yield Sql(RESERVE_KEY, {"key": key, "fingerprint": fingerprint})).changed
        if fresh:
            answers = yield from _carry_out(writes)
            yield Sql(KEEP_ANSWERS, {"key": key, "answers": json.dumps(answers)})
            return answers
        # If it was forgotten since, it is a new one.
        found = (yield Sql(FIND_KEY, {"key": key})).rows
    ((known, kept),) = found
    if bytes(known) != fingerprint:
        raise KeyReused(key=key)
    answered: list[bool | int | list[int] | None] = json.loads(kept)
    # JSON knows no tuples, and there are no lists among answers.
    return tuple(tuple(one) if isinstance(one, list) else one for one in answered)


def query(asked: Query[R]) -> Program[R]:
    """Answer one question."""
    answer: R = yield from _known(QUERIES, asked)
    return answer


def _carry_out(writes: tuple[Write[Any], ...]) -> Program[tuple[Any, ...]]:
    answers: list[Any] = []
    for write in writes:
        answer = yield from _known(WRITES, write)
        answers.append(answer)
    return tuple(answers)


def _known(table: Mapping[type[Any], Callable[[Any], Program[Any]]], asked: object) -> Program[Any]:
    try:
        program = table[type(asked)]
    except KeyError:
        raise BadRequest(
            what=f"a store cannot do {type(asked).__name__}",
            why="it is none of the writes and queries that there are",
            fix="Make it of those in trio_smith.store, which need no subclasses.",
        ) from None
    return program(asked)
