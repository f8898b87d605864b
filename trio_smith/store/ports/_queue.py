"""Queue and durable timers."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

import trio

from ...resilience import Backoff
from .._errors import BadRequest
from ..words import (
    LARGEST_BATCH,
    TIMERS_PREFIX,
    CancelTimer,
    Claim,
    Complete,
    DeadLetter,
    DeadLettersOf,
    Discard,
    Enqueue,
    Fail,
    Job,
    QueueDepth,
    QueueStatistics,
    Renew,
    Replay,
    SetTimer,
    queue_topic,
)
from ..words._queue import MAX_ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._store import Committing

RETRIES: Final = Backoff(initial=1.0, factor=2.0, maximum=30.0, jitter=0.5)


class Queue:
    """Jobs that are claimed for a time, and come again if nobody ends them in it."""

    def __init__(self, store: Committing) -> None:
        self._store = store
        self._random = Random()

    async def enqueue(
        self,
        queue: str,
        job: object,
        *,
        delay: float = 0.0,
        max_attempts: int = MAX_ATTEMPTS,
        key: str | None = None,
    ) -> int:
        """Put *job*, bytes or a JSON value, into *queue*, due in *delay* seconds; return its id."""
        write = Enqueue(queue, [job], delay=delay, max_attempts=max_attempts)
        (job_id,) = await self._store.write(write, key=key)
        return job_id

    async def enqueue_many(
        self, queue: str, jobs: Iterable[object], *, delay: float = 0.0, key: str | None = None
    ) -> tuple[int, ...]:
        """Put all of *jobs* into *queue* at once; return their ids, in order."""
        return await self._store.write(Enqueue(queue, jobs, delay=delay), key=key)

    async def claim(
        self, queue: str, *, limit: int = 1, lease: float = 30.0, wait: float = 0.0
    ) -> tuple[Job, ...]:
        """Take up to *limit* jobs that are due, oldest first, for *lease* seconds.

        If there are none, wait up to *wait* seconds (`math.inf`: for ever) for the first. Who does not end
        a job in time loses it; the next who claims may get it.

        Cancellation, and OutcomeUnknown: what was claimed and not returned comes again when its lease ends.
        """
        asked = Claim(queue, limit=limit, lease=lease)
        if not wait >= 0:
            raise BadRequest(
                what="cannot wait for jobs", why=f"wait is {wait!r} s", fix="Wait for 0 s or more."
            )

        async def look() -> tuple[Job, ...]:
            return await self._store.write(asked)

        return await self._store.wakes.until(
            look, topic=queue_topic(queue), poll=self._store.poll, deadline=trio.current_time() + wait
        )

    async def renew(self, job: Job, *, lease: float = 30.0) -> float:
        """Hold *job* for *lease* seconds from now; return the new end (epoch seconds), or `ClaimLost`."""
        return await self._store.write(Renew(job, lease=lease))

    async def complete(self, *jobs: Job, key: str | None = None) -> None:
        """Let *jobs* be done and gone, all or none; `ClaimLost` if one is no longer yours."""
        await self._store.write(Complete(jobs), key=key)

    async def fail(
        self, job: Job, reason: str, *, retry_in: float | None = None, key: str | None = None
    ) -> bool:
        """Let *job* come due again in *retry_in* seconds; by default after 1 s, 2 s, 4 s … up to 30 s.

        After its last attempt it becomes a dead letter with *reason*: the answer is True then.
        """
        if retry_in is None:
            retry_in = RETRIES.delay(job.attempts, self._random)
        return await self._store.write(Fail(job, reason, retry_in=retry_in), key=key)

    async def bury(self, job: Job, reason: str, *, key: str | None = None) -> None:
        """Let *job* become a dead letter now, with *reason*."""
        await self._store.write(Fail(job, reason), key=key)

    async def dead_letters(self, queue: str, *, after: int = 0, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return at most *limit* dead letters with ids above *after*, oldest first."""
        return await self._store.ask(DeadLettersOf(queue, after=after, limit=limit))

    async def replay(
        self,
        queue: str,
        ids: Iterable[int] | None = None,
        *,
        limit: int = LARGEST_BATCH,
        key: str | None = None,
    ) -> tuple[int, ...]:
        """Put dead letters back, those with *ids* or the oldest *limit*; return the ids of the new jobs."""
        return await self._store.write(Replay(queue, ids, limit=limit), key=key)

    async def discard(self, queue: str, ids: Iterable[int], *, key: str | None = None) -> int:
        """Forget the dead letters with *ids*; return how many there were."""
        return await self._store.write(Discard(queue, ids), key=key)

    async def statistics(self, queue: str) -> QueueStatistics:
        """Return how much is in *queue*."""
        return await self._store.ask(QueueDepth(queue))


class Timers:
    """Durable timers: named jobs that come due once, at least once, also after a crash.

    A timer that comes due is claimed from its *group* and ended as a job is, with the methods of `Queue`.
    """

    def __init__(self, store: Committing) -> None:
        self._store = store

    async def set(
        self, name: str, data: object = None, *, delay: float, group: str = "default", key: str | None = None
    ) -> None:
        """Let the timer *name* come due after *delay* seconds; one of that name is replaced."""
        await self._store.write(SetTimer(TIMERS_PREFIX + group, name, data, delay=delay), key=key)

    async def cancel(self, name: str, *, group: str = "default", key: str | None = None) -> bool:
        """Forget the timer *name*; return whether there was one."""
        return await self._store.write(CancelTimer(TIMERS_PREFIX + group, name), key=key)

    async def claim(
        self, *, group: str = "default", limit: int = 1, lease: float = 30.0, wait: float = 0.0
    ) -> tuple[Job, ...]:
        """Take timers that are due, as `Queue.claim` takes jobs; `Job.name` is the timer's."""
        return await Queue(self._store).claim(TIMERS_PREFIX + group, limit=limit, lease=lease, wait=wait)
