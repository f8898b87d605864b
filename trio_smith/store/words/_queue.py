"""Queue: jobs that are claimed for a time, and are there again if nobody ends them in it.

A job is there at least once until it is completed or lies with the dead letters. Whoever claims it holds a
*claim*, a number that grows with each claim, and only its newest claim can end it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from ._data import (
    LARGEST_BATCH,
    a_count,
    a_limit,
    a_name,
    from_data,
    positive_seconds,
    some_seconds,
    to_batch,
    to_data,
    to_ids,
    to_reason,
    to_seconds,
)
from ._request import Query, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ATTEMPTS = 5
"""How often a job is claimed before it counts as poison, unless it says otherwise."""


class Job(NamedTuple):
    """A job in somebody's hands until *until* (epoch seconds, the database's clock).

    It is a tuple because jobs are claimed by the hundred, and are made in a fifth of the time.
    """

    queue: str
    id: int
    data: bytes
    claim: int
    """Grows with each claim of this job; only the newest one counts."""
    attempts: int
    """How often it was claimed, this time included."""
    until: float
    name: str | None = None
    """The name of a durable timer; None for other jobs."""
    max_attempts: int = MAX_ATTEMPTS
    """How often it is claimed at the most; after that it is poison, a dead letter."""

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen(kw_only=True)
class DeadLetter:
    """A job that was given up, and why."""

    queue: str
    id: int
    data: bytes
    attempts: int
    reason: str
    at: float
    """When it was given up, in epoch seconds."""
    name: str | None = None
    """The name of a durable timer; None for other jobs."""

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen(kw_only=True)
class QueueStatistics:
    """How many jobs wait to be claimed now, are not due or in somebody's hands, and lie dead."""

    ready: int
    later: int
    dead: int


def queue_topic(queue: str) -> str:
    """Return the topic on which claimers of *queue* wait."""
    return f"queue:{queue}"


@attrs.frozen
class Enqueue(Write[tuple[int, ...]]):
    """Put jobs into *queue*, to be claimed *delay* seconds from now; the answer is their ids, in order."""

    queue: str = attrs.field(validator=a_name)
    jobs: tuple[bytes, ...] = attrs.field(converter=to_batch)
    delay: float = attrs.field(default=0.0, kw_only=True, converter=to_seconds, validator=some_seconds)
    max_attempts: int = attrs.field(default=MAX_ATTEMPTS, kw_only=True, validator=a_limit)

    @property
    def wakes(self) -> str:
        """Return the topic on which claimers of the queue wait."""
        return queue_topic(self.queue)


@attrs.frozen
class Claim(Write[tuple[Job, ...]]):
    """Take up to *limit* jobs that are due, oldest first, for *lease* seconds.

    A job that was claimed *max_attempts* times before and never ended goes to the dead letters instead.
    """

    grant = True
    queue: str = attrs.field(validator=a_name)
    limit: int = attrs.field(default=1, kw_only=True, validator=a_limit)
    lease: float = attrs.field(default=30.0, kw_only=True, converter=to_seconds, validator=positive_seconds)


@attrs.frozen
class Renew(Write[float]):
    """Hold *job* for *lease* seconds from now; the answer is the new end. Raises `ClaimLost`."""

    grant = True
    job: Job
    lease: float = attrs.field(default=30.0, kw_only=True, converter=to_seconds, validator=positive_seconds)


def _jobs(given: Job | Iterable[Job]) -> tuple[Job, ...]:
    return (given,) if isinstance(given, Job) else tuple(given)


@attrs.frozen
class Complete(Write[None]):
    """A job is done and goes, or all of several. Raises `ClaimLost` if one is no longer yours."""

    jobs: tuple[Job, ...] = attrs.field(converter=_jobs)


@attrs.frozen
class Fail(Write[bool]):
    """*job* failed: it is due again in *retry_in* seconds, or a dead letter.

    It dies if *retry_in* is None, and if it has had its attempts; the answer is True then. Of *reason*, the
    first 4,096 characters are kept. Raises `ClaimLost`.
    """

    job: Job
    reason: str = attrs.field(converter=to_reason)
    retry_in: float | None = attrs.field(
        default=None,
        kw_only=True,
        converter=attrs.converters.optional(to_seconds),
        validator=attrs.validators.optional(some_seconds),
    )


@attrs.frozen
class Replay(Write[tuple[int, ...]]):
    """Put dead letters of *queue* back, with all attempts before them again; the answer is their new ids.

    *ids* are ids of dead letters; those that are not there are passed over. None: the oldest *limit*. A timer
    has its name again, unless a newer one has taken it: then it comes back without.
    """

    queue: str = attrs.field(validator=a_name)
    ids: tuple[int, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(to_ids))
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)

    @property
    def wakes(self) -> str:
        """Return the topic on which claimers of the queue wait."""
        return queue_topic(self.queue)


@attrs.frozen
class Discard(Write[int]):
    """Forget the dead letters of *queue* that have these *ids*; the answer is how many there were."""

    queue: str = attrs.field(validator=a_name)
    ids: tuple[int, ...] = attrs.field(converter=to_ids)


@attrs.frozen
class DeadLettersOf(Query[tuple[DeadLetter, ...]]):
    """Ask for at most *limit* dead letters of *queue* whose ids are above *after*, oldest first."""

    queue: str = attrs.field(validator=a_name)
    after: int = attrs.field(default=0, kw_only=True, validator=a_count)
    limit: int = attrs.field(default=100, kw_only=True, validator=a_limit)


@attrs.frozen
class QueueDepth(Query[QueueStatistics]):
    """Ask how much is in *queue*."""

    queue: str = attrs.field(validator=a_name)


@attrs.frozen
class SetTimer(Write[int]):
    """Let a job with that *name* come due in *queue* after *delay* seconds; the answer is its id.

    A job of that name which is there already is replaced, also in the hands of somebody, who then gets
    `ClaimLost`.
    """

    queue: str = attrs.field(validator=a_name)
    name: str = attrs.field(validator=a_name)
    data: bytes = attrs.field(default=b"null", converter=to_data)
    delay: float = attrs.field(kw_only=True, converter=to_seconds, validator=some_seconds)
    max_attempts: int = attrs.field(default=MAX_ATTEMPTS, kw_only=True, validator=a_limit)

    @property
    def wakes(self) -> str:
        """Return the topic on which claimers of the queue wait."""
        return queue_topic(self.queue)


@attrs.frozen
class CancelTimer(Write[bool]):
    """Forget the job of *queue* that has that *name*; the answer is whether there was one."""

    queue: str = attrs.field(validator=a_name)
    name: str = attrs.field(validator=a_name)
