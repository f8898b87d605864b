"""The statements of queues and durable timers."""

from __future__ import annotations

from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from .._errors import ClaimLost
from ..words import DeadLetter, Job, QueueStatistics
from ._statement import Many, Sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..words import (
        CancelTimer,
        Claim,
        Complete,
        DeadLettersOf,
        Discard,
        Enqueue,
        Fail,
        QueueDepth,
        Renew,
        Replay,
        SetTimer,
    )
    from ._statement import Parameters, Program, Row

ENQUEUE: Final = """
    INSERT INTO smith_jobs (queue, data, due_at, max_attempts)
    VALUES (:queue, :data, :now + :delay, :max_attempts)
    RETURNING id"""
# A claimed job is one that is due again when its claim runs out.
CLAIM: Final = """
    WITH due AS MATERIALIZED (
        SELECT id FROM smith_jobs WHERE queue = :queue AND due_at <= :now
        ORDER BY due_at, id LIMIT :limit /*postgres FOR UPDATE SKIP LOCKED */
    )
    UPDATE smith_jobs SET claim = claim + 1, attempts = attempts + 1, due_at = :now + :lease
    WHERE id /*postgres = ANY (ARRAY(SELECT id FROM due)) -- */ IN (SELECT id FROM due)
    RETURNING queue, id, data, claim, attempts, due_at, name, max_attempts"""
CLAIM_IF_SOUND: Final = """
    SELECT queue, id, data, claim, attempts, due_at, name, max_attempts
    FROM smith_claim(:queue, :limit, :lease)"""
RENEW: Final = """
    UPDATE smith_jobs SET due_at = :now + :lease WHERE id = :id AND claim = :claim RETURNING due_at"""
COMPLETE: Final = "DELETE FROM smith_jobs WHERE id = :id AND claim = :claim RETURNING id"
# The claim grows: who has failed a job has it no longer.
RETRY: Final = """
    UPDATE smith_jobs SET due_at = :now + :retry_in, claim = claim + 1
    WHERE id = :id AND claim = :claim AND attempts < max_attempts"""
TAKE_OUT: Final = """
    DELETE FROM smith_jobs WHERE id = :id AND claim = :claim RETURNING data, attempts, max_attempts, name"""
BURY: Final = """
    INSERT INTO smith_dead_letters (id, queue, data, attempts, max_attempts, reason, at, name)
    VALUES (:id, :queue, :data, :attempts, :max_attempts, :reason, :now, :name)"""

DEAD_LETTERS: Final = """
    SELECT id, data, attempts, reason, at, name FROM smith_dead_letters
    WHERE queue = :queue AND id > :after ORDER BY id LIMIT :limit"""
OLDEST_DEAD: Final = """
    SELECT id FROM smith_dead_letters WHERE queue = :queue ORDER BY id LIMIT :limit"""
UNBURY: Final = """
    DELETE FROM smith_dead_letters WHERE queue = :queue AND id = :id
    RETURNING id, data, max_attempts, name"""
REVIVE_TIMER: Final = """
    INSERT INTO smith_jobs (queue, name, data, due_at, max_attempts)
    VALUES (:queue, :name, :data, :now, :max_attempts)
    ON CONFLICT (queue, name) WHERE name IS NOT NULL DO NOTHING
    RETURNING id"""
DISCARD: Final = "DELETE FROM smith_dead_letters WHERE queue = :queue AND id = :id RETURNING id"

DEPTH: Final = """
    SELECT (SELECT count(*) FROM smith_jobs WHERE queue = :queue AND due_at <= :now),
           (SELECT count(*) FROM smith_jobs WHERE queue = :queue AND due_at > :now),
           (SELECT count(*) FROM smith_dead_letters WHERE queue = :queue)"""

# The claim grows as well: whoever has the old job in hand can no longer end the new one.
SET_TIMER: Final = """
    INSERT INTO smith_jobs (queue, name, data, due_at, max_attempts)
    VALUES (:queue, :name, :data, :now + :delay, :max_attempts)
    ON CONFLICT (queue, name) WHERE name IS NOT NULL DO UPDATE
    SET data = excluded.data, due_at = excluded.due_at, max_attempts = excluded.max_attempts,
        attempts = 0, claim = smith_jobs.claim + 1
    RETURNING id"""
CANCEL_TIMER: Final = "DELETE FROM smith_jobs WHERE queue = :queue AND name = :name"


def enqueue(write: Enqueue) -> Program[tuple[int, ...]]:
    """Put the jobs in."""
    (ids,) = yield from enqueue_all((write,))
    return ids


def enqueue_all(writes: tuple[Enqueue, ...]) -> Program[tuple[tuple[int, ...], ...]]:
    """Put the jobs of several in. Their ids grow, in whatever order a database gives them back."""
    jobs = [
        {"queue": write.queue, "data": data, "delay": write.delay, "max_attempts": write.max_attempts}
        for write in writes
        for data in write.jobs
    ]
    ids = iter(sorted(job for (job,) in (yield Many(ENQUEUE, jobs)).rows))
    return tuple(tuple(islice(ids, len(write.jobs))) for write in writes)


def claim_if_sound(write: Claim) -> Program[tuple[Job, ...]]:
    """Take jobs that are due, by one statement of PostgreSQL; none if one of them was taken often enough."""
    return _jobs((yield Sql(CLAIM_IF_SOUND, _claimed(write))).rows)


def claim(write: Claim) -> Program[tuple[Job, ...]]:
    """Take jobs that are due; bury those that were taken often enough."""
    while True:
        jobs = _jobs((yield Sql(CLAIM, _claimed(write))).rows)
        alive = tuple(job for job in jobs if job.attempts <= job.max_attempts)
        for job in jobs if len(alive) < len(jobs) else ():
            if job.attempts > job.max_attempts:
                reason = f"poison: claimed {job.max_attempts} times and never ended"
                yield from _bury(job, reason=reason, attempts=job.max_attempts)
        if alive or not jobs:
            return alive


def _claimed(write: Claim) -> Parameters:
    return {"queue": write.queue, "limit": write.limit, "lease": write.lease}


def _jobs(rows: Iterable[Row]) -> tuple[Job, ...]:
    return tuple(sorted(map(Job._make, rows), key=_id))


def renew(write: Renew) -> Program[float]:
    """Move the end of a claim."""
    job = write.job
    parameters = {"id": job.id, "claim": job.claim, "lease": write.lease}
    rows = (yield Sql(RENEW, parameters)).rows
    if not rows:
        raise ClaimLost(queue=job.queue, job=job.id, claim=job.claim)
    return float(rows[0][0])


def complete(write: Complete) -> Program[None]:
    """Delete the jobs, all of which must be ours."""
    # In one order, so that nobody who ends the same ones waits for us while we wait for them.
    asked = [{"id": job.id, "claim": job.claim} for job in sorted(write.jobs, key=_id)]
    rows = (yield Many(COMPLETE, asked)).rows
    gone = {row[0] for row in rows}
    for job in write.jobs:
        if job.id not in gone:
            raise ClaimLost(queue=job.queue, job=job.id, claim=job.claim)
        gone.discard(job.id)  # a job that is named twice is not there the second time


def fail(write: Fail) -> Program[bool]:
    """Let the job come due again, or bury it."""
    job = write.job
    if write.retry_in is not None:
        parameters = {"id": job.id, "claim": job.claim, "retry_in": write.retry_in}
        if (yield Sql(RETRY, parameters)).changed:
            return False
    yield from _bury(job, reason=write.reason)
    return True


def replay(write: Replay) -> Program[tuple[int, ...]]:
    """Put dead letters back as new jobs."""
    ids = write.ids
    if ids is None:
        found = (yield Sql(OLDEST_DEAD, {"queue": write.queue, "limit": write.limit})).rows
        ids = tuple(row[0] for row in found)
    taken = (yield Many(UNBURY, [{"queue": write.queue, "id": one} for one in sorted(ids)])).rows
    letters = {row[0]: row for row in taken}
    # Their new ids are in the order in which they were asked for.
    asked = [letters[one] for one in dict.fromkeys(ids) if one in letters]
    new: list[int] = []
    for named, group in groupby(asked, key=_is_named):
        if named:
            for letter in group:
                job = yield from _revive_timer(write.queue, letter)
                new.append(job)
        else:
            rows = [_as_new(write.queue, letter) for letter in group]
            new += sorted(job for (job,) in (yield Many(ENQUEUE, rows)).rows)
    return tuple(new)


def discard(write: Discard) -> Program[int]:
    """Delete dead letters."""
    return len((yield Many(DISCARD, [{"queue": write.queue, "id": one} for one in sorted(write.ids)])).rows)


def dead_letters(query: DeadLettersOf) -> Program[tuple[DeadLetter, ...]]:
    """Read dead letters, oldest first."""
    parameters = {"queue": query.queue, "after": query.after, "limit": query.limit}
    rows = (yield Sql(DEAD_LETTERS, parameters)).rows
    return tuple(
        DeadLetter(queue=query.queue, id=job, data=data, attempts=attempts, reason=reason, at=at, name=name)
        for job, data, attempts, reason, at, name in rows
    )


def depth(query: QueueDepth) -> Program[QueueStatistics]:
    """Count what is in a queue."""
    ((ready, later, dead),) = (yield Sql(DEPTH, {"queue": query.queue})).rows
    return QueueStatistics(ready=ready, later=later, dead=dead)


def set_timer(write: SetTimer) -> Program[int]:
    """Put the named job in, or in the place of the one that is there."""
    parameters = {
        "queue": write.queue,
        "name": write.name,
        "data": write.data,
        "delay": write.delay,
        "max_attempts": write.max_attempts,
    }
    return int((yield Sql(SET_TIMER, parameters)).rows[0][0])


def cancel_timer(write: CancelTimer) -> Program[bool]:
    """Delete the named job."""
    return (yield Sql(CANCEL_TIMER, {"queue": write.queue, "name": write.name})).changed == 1


def _bury(job: Job, *, reason: str, attempts: int | None = None) -> Program[None]:
    rows = (yield Sql(TAKE_OUT, {"id": job.id, "claim": job.claim})).rows
    if not rows:
        raise ClaimLost(queue=job.queue, job=job.id, claim=job.claim)
    ((data, had, most, name),) = rows
    parameters = {
        "id": job.id,
        "queue": job.queue,
        "data": data,
        "attempts": had if attempts is None else attempts,
        "max_attempts": most,
        "reason": reason,
        "name": name,
    }
    yield Sql(BURY, parameters)


def _revive_timer(queue: str, letter: Row) -> Program[int]:
    """Put a timer back under its name or, if a newer one has that, as any other job."""
    _, data, most, name = letter
    parameters = {"queue": queue, "name": name, "data": data, "max_attempts": most}
    rows = (yield Sql(REVIVE_TIMER, parameters)).rows or (yield Sql(ENQUEUE, _as_new(queue, letter))).rows
    return int(rows[0][0])


def _as_new(queue: str, letter: Row) -> Parameters:
    _, data, most, _ = letter
    return {"queue": queue, "data": data, "delay": 0.0, "max_attempts": most}


def _is_named(letter: Row) -> bool:
    return letter[3] is not None


_id: Final = attrgetter("id")
