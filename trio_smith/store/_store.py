"""A store: everything that can be asked of it, over whichever database keeps it."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio

from . import ports
from ._errors import BadRequest, OutcomeUnknown, StoreClosed, StoreFailed
from ._positive import check_seconds
from .words import Expire, ForgetKeys, ForgetMarks, Query, Write
from .words._data import check_name

if TYPE_CHECKING:
    from ._adapter import Adapter
    from ._wakes import Wakes

R = TypeVar("R")

TIDY_EVERY: Final = 60.0
GRACE: Final = 10.0
"""Seconds that a store which is closed waits for what was asked of it before."""

SWEEP: Final = 1_000
"""What is forgotten at once, of each kind: whoever commits just then waits for it."""

KEEP_KEYS: Final = 7 * 86_400.0
KEEP_MARKS: Final = 3_600.0
MOST_WRITES: Final = 1_000


class Store:
    """Keeps things durably; made by `open_store`.

    Each attribute is one port: ``journal``, ``snapshots``, ``queue``, ``leases``, ``keys``, ``timers``,
    ``audit``, ``outbox``, ``inbox``. Their methods commit one write each; `commit` commits several as one.
    All that write take an idempotency key, but for what is granted for a limited time: claims of jobs and
    timers, leases, and their renewals.
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        poll: float = 1.0,
        keep_keys: float = KEEP_KEYS,
        keep_marks: float = KEEP_MARKS,
    ) -> None:
        check_seconds(poll=poll, keep_keys=keep_keys, keep_marks=keep_marks)
        self._adapter: Adapter | None = adapter
        self._sweep: Final = (
            Expire(limit=SWEEP),
            ForgetMarks(keep=keep_marks, limit=SWEEP),
            ForgetKeys(keep=keep_keys, limit=SWEEP),
        )
        self._next_tidy = -math.inf
        self._under_way = 0
        self._idle = trio.Event()
        self.poll: Final = poll
        """Seconds after which those who wait look again, when nobody has woken them."""
        self.journal: Final = ports.Journal(self)
        self.snapshots: Final = ports.Snapshots(self)
        self.queue: Final = ports.Queue(self)
        self.leases: Final = ports.Leases(self)
        self.keys: Final = ports.Keys(self)
        self.timers: Final = ports.Timers(self)
        self.audit: Final = ports.Audit(self)
        self.outbox: Final = ports.Outbox(self)
        self.inbox: Final = ports.Inbox(self)

    @property
    def wakes(self) -> Wakes:
        """Return where those are woken who wait for a write."""
        return self._open().wakes

    async def commit(self, *writes: Write[Any], key: str | None = None) -> tuple[Any, ...]:
        """Commit *writes* as one: all of them are there, durably, when it returns, or none.

        They are carried out in order, each on what those before it have written; the answers come in the
        same order. *key* is an idempotency key: whoever repeats the commit with it, because it does not
        know the outcome of the first, gets the answers of the first. Keys are kept for a week, or for
        ``keep_keys`` of `open_store`.

        Raises:
            Conflict: The world has moved on; nothing was written.
            StoreFailed: The database could not; nothing was written.
            OutcomeUnknown: The database was lost while it committed.
            KeyReused: *key* was committed with other writes.
            BadRequest: There are no writes, or more than a thousand, or *key* comes with a grant (a claim
                or a lease, which is for a limited time).

        Cancellation: atomic. `trio.Cancelled` means that nothing was written.
        """
        adapter = self._open()
        _check(writes, key)
        self._under_way += 1
        try:
            if trio.current_time() >= self._next_tidy:
                await self._tidy(adapter)
            return await adapter.commit(writes, key=key)
        finally:
            self._under_way -= 1
            if self._adapter is None and not self._under_way:
                self._idle.set()

    async def write(self, write: Write[R], *, key: str | None = None) -> R:
        """Commit one write and return its answer; see `commit`."""
        answer: R
        (answer,) = await self.commit(write, key=key)
        return answer

    async def ask(self, query: Query[R]) -> R:
        """Answer *query* from what is committed.

        Raises StoreFailed. Cancellation: at any time.
        """
        return await self._open().query(query)

    async def tidy(self) -> None:
        """Forget all that is old: expired keys, their marks, idempotency keys; in several commits if need be.

        It happens by itself, a thousand of each at a time: once a minute, before a commit, and before the
        next ones while there is more. That commit goes on if it fails.

        Cancellation: resumable.
        """
        adapter = self._open()
        while await self._forget(adapter):
            pass

    async def close(self) -> None:
        """Refuse all further use, and wait for the commits that are under way.

        Those of other tasks may not have come to the database yet: they wait for room, or tidy up first.

        Cancellation: waited for all the same, for some seconds at the most.
        """
        self._adapter = None
        if self._under_way:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + GRACE):
                await self._idle.wait()

    async def _tidy(self, adapter: Adapter) -> None:
        now = trio.current_time()
        self._next_tidy = now + TIDY_EVERY
        # Whoever comes by has no part in it; what fails here is tried again at the next time.
        with suppress(StoreFailed, OutcomeUnknown):
            if await self._forget(adapter):
                self._next_tidy = now

    async def _forget(self, adapter: Adapter) -> bool:
        """Forget some of what is old; return whether there may be more."""
        counts: tuple[int, ...] = await adapter.commit(self._sweep, key=None)
        return max(counts) >= SWEEP

    def _open(self) -> Adapter:
        if self._adapter is None:
            raise StoreClosed
        return self._adapter


def _check(writes: tuple[Write[Any], ...], key: str | None) -> None:
    for write in writes:
        if not isinstance(write, Write):
            raise BadRequest(
                what="cannot commit this",
                why=f"{type(write).__name__} is no write",
                fix="Pass Append(…), Enqueue(…), Put(…) and the like; a list goes with a star before it.",
            )
    if not 1 <= len(writes) <= MOST_WRITES:
        raise BadRequest(
            what="cannot commit this",
            why=f"there are {len(writes)} writes, and 1 to {MOST_WRITES} make a commit",
            fix="Leave out the commit, or make several of it.",
        )
    if key is not None:
        check_name("key", key)
        for write in writes:
            if write.grant:
                raise BadRequest(
                    what=f"{type(write).__name__} goes with no idempotency key",
                    why="it grants something for a limited time, which may be over when the key comes again",
                    fix="Leave the key out; a claim that nobody ends comes again by itself.",
                )
