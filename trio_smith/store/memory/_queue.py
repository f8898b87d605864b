"""Queues and durable timers in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .._errors import ClaimLost
from ..words import DeadLetter, Job, QueueStatistics
from ._tables import Dead, JobRow

if TYPE_CHECKING:
    from .. import words
    from ._tables import Tables


def enqueue(tables: Tables, write: words.Enqueue, now: float) -> tuple[int, ...]:
    """Put the jobs in."""
    ids = tuple(tables.next("job") for _ in write.jobs)
    for job, data in zip(ids, write.jobs, strict=True):
        tables.jobs[job] = JobRow(
            queue=write.queue,
            name=None,
            data=data,
            due_at=now + write.delay,
            max_attempts=write.max_attempts,
        )
    return ids


def claim(tables: Tables, write: words.Claim, now: float) -> tuple[Job, ...]:
    """Take jobs that are due; bury those that were taken often enough."""
    due = sorted(
        (row.due_at, job)
        for job, row in tables.jobs.items()
        if row.queue == write.queue and row.due_at <= now
    )
    jobs: list[Job] = []
    # As many are looked at as are wanted; only if all of them were buried does one look further.
    while due and not jobs:
        batch, due = due[: write.limit], due[write.limit :]
        for _, job in batch:
            row = tables.jobs[job]
            if row.attempts >= row.max_attempts:
                _bury(tables, job, reason=f"poison: claimed {row.attempts} times and never ended", now=now)
                continue
            row = attrs.evolve(row, claim=row.claim + 1, attempts=row.attempts + 1, due_at=now + write.lease)
            tables.jobs[job] = row
            jobs.append(
                Job(
                    queue=row.queue,
                    id=job,
                    data=row.data,
                    claim=row.claim,
                    attempts=row.attempts,
                    until=row.due_at,
                    name=row.name,
                    max_attempts=row.max_attempts,
                )
            )
    return tuple(sorted(jobs, key=lambda job: job.id))


def renew(tables: Tables, write: words.Renew, now: float) -> float:
    """Move the end of a claim."""
    row = _mine(tables, write.job)
    tables.jobs[write.job.id] = attrs.evolve(row, due_at=now + write.lease)
    return now + write.lease


def complete(tables: Tables, write: words.Complete, _now: float) -> None:
    """Delete the jobs, all of which must be ours."""
    for job in write.jobs:
        _mine(tables, job)
        del tables.jobs[job.id]


def fail(tables: Tables, write: words.Fail, now: float) -> bool:
    """Let the job come due again, or bury it."""
    row = _mine(tables, write.job)
    if write.retry_in is not None and row.attempts < row.max_attempts:
        tables.jobs[write.job.id] = attrs.evolve(row, due_at=now + write.retry_in, claim=row.claim + 1)
        return False
    _bury(tables, write.job.id, reason=write.reason, now=now)
    return True


def replay(tables: Tables, write: words.Replay, now: float) -> tuple[int, ...]:
    """Put dead letters back as new jobs."""
    wanted = sorted(_dead_of(tables, write.queue))[: write.limit] if write.ids is None else write.ids
    ids: list[int] = []
    for one in wanted:
        dead = tables.dead.get(one)
        if dead is None or dead.letter.queue != write.queue:
            continue
        del tables.dead[one]
        ids.append(tables.next("job"))
        name = dead.letter.name
        taken = name is not None and _named(tables, queue=write.queue, name=name) is not None
        tables.jobs[ids[-1]] = JobRow(
            queue=write.queue,
            name=None if taken else name,
            data=dead.letter.data,
            due_at=now,
            max_attempts=dead.max_attempts,
        )
    return tuple(ids)


def discard(tables: Tables, write: words.Discard, _now: float) -> int:
    """Forget dead letters."""
    gone = {one for one in write.ids if one in _dead_of(tables, write.queue)}
    for one in gone:
        del tables.dead[one]
    return len(gone)


def dead_letters(tables: Tables, query: words.DeadLettersOf, _now: float) -> tuple[DeadLetter, ...]:
    """Read dead letters, oldest first."""
    ids = sorted(one for one in _dead_of(tables, query.queue) if one > query.after)
    return tuple(tables.dead[one].letter for one in ids[: query.limit])


def depth(tables: Tables, query: words.QueueDepth, now: float) -> QueueStatistics:
    """Count what is in a queue."""
    rows = [row for row in tables.jobs.values() if row.queue == query.queue]
    ready = sum(row.due_at <= now for row in rows)
    return QueueStatistics(ready=ready, later=len(rows) - ready, dead=len(_dead_of(tables, query.queue)))


def set_timer(tables: Tables, write: words.SetTimer, now: float) -> int:
    """Put the named job in, or in the place of the one that is there."""
    known = _named(tables, queue=write.queue, name=write.name)
    job = tables.next("job") if known is None else known
    tables.jobs[job] = JobRow(
        queue=write.queue,
        name=write.name,
        data=write.data,
        due_at=now + write.delay,
        claim=0 if known is None else tables.jobs[job].claim + 1,
        max_attempts=write.max_attempts,
    )
    return job


def cancel_timer(tables: Tables, write: words.CancelTimer, _now: float) -> bool:
    """Delete the named job."""
    known = _named(tables, queue=write.queue, name=write.name)
    if known is None:
        return False
    del tables.jobs[known]
    return True


def _mine(tables: Tables, job: Job) -> JobRow:
    row = tables.jobs.get(job.id)
    if row is None or row.claim != job.claim:
        raise ClaimLost(queue=job.queue, job=job.id, claim=job.claim)
    return row


def _bury(tables: Tables, job: int, *, reason: str, now: float) -> None:
    row = tables.jobs[job]
    del tables.jobs[job]
    letter = DeadLetter(
        queue=row.queue,
        id=job,
        data=row.data,
        attempts=row.attempts,
        reason=reason,
        at=now,
        name=row.name,
    )
    tables.dead[job] = Dead(letter=letter, max_attempts=row.max_attempts)


def _dead_of(tables: Tables, queue: str) -> set[int]:
    return {job for job, dead in tables.dead.items() if dead.letter.queue == queue}


def _named(tables: Tables, *, queue: str, name: str) -> int | None:
    found = (job for job, row in tables.jobs.items() if (row.queue, row.name) == (queue, name))
    return next(found, None)
