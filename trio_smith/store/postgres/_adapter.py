"""A store in PostgreSQL: every commit is in one transaction, on a connection of its own while it lasts."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
import trio

from ...resilience import Backoff
from .._errors import OutcomeUnknown, StoreBusy, StoreClosed, StoreFailed, StoreUnavailable
from .._wakes import Wakes
from ..sql import claim_if_sound, commit, enqueue_all, query
from ..words import Claim, Enqueue
from ._errors import PoolClosed, PoolTimeout
from ._failures import AGAIN, NO_CONNECTION, failure
from ._groups import Groups
from ._hints import EVERY, Hints
from ._locks import locks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..sql import Program
    from ..words import Query, Write
    from ._connections import Connections

R = TypeVar("R")

WRITING: Final = "cannot write to the store"
READING: Final = "cannot read from the store"
ATTEMPTS: Final = 8
PAUSES: Final = Backoff(initial=0.02, factor=2.0, maximum=1.0, jitter=1.0)
FEW: Final = 100
"""Jobs that are put in at once, with those of others; more than these are a group of their own."""

_THEIRS: Final = (psycopg.Error, PoolTimeout, PoolClosed)

LISTEN_AGAIN: Final = Backoff(initial=0.1, factor=2.0, maximum=10.0, jitter=0.5)


class PostgresAdapter:
    """Carries out programs on *connections*; *grace* as for `Groups`."""

    def __init__(self, connections: Connections, *, grace: float) -> None:
        self.wakes = Wakes()
        self._connections = connections
        self._hints = Hints()
        self._groups = Groups(self._enqueue, failed=_for_each, grace=grace)
        self._random = Random()

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Carry out *writes*; see `Adapter.commit`.

        Two transactions that stand in each other's way all the same, by statements of the application, say,
        are carried out again, up to eight times.
        """
        answers = await self._carry_out(writes, key)
        self.wakes.wake_for(writes)
        self._hints.add(writes)
        return answers

    async def query(self, asked: Query[R]) -> R:
        """Answer *asked*; see `Adapter.query`."""
        try:
            return await self._connections.query(query(asked), what=READING)
        except _THEIRS as error:
            raise _ours(error, what=READING) from error

    async def listen(self) -> None:
        """Wake those here for whom somebody elsewhere has written; goes on for ever.

        A connection that is lost is made again. Nobody knows what was missed in between, so all are woken.
        """
        attempt = 0

        def begun() -> None:
            nonlocal attempt
            attempt = 0
            self.wakes.wake_all()

        def heard(payload: str) -> None:
            topic = self._hints.heard(payload)
            if topic is not None:
                self.wakes.wake(topic)

        while True:
            try:
                await self._connections.listen(begun=begun, heard=heard)
            except (psycopg.Error, PoolTimeout, StoreUnavailable):
                attempt += 1
            await trio.sleep(LISTEN_AGAIN.delay(max(attempt, 1), self._random))

    async def tell(self) -> None:
        """Tell others for whom something was written here; goes on for ever."""
        while True:
            await self._hints.wait()
            await self.tell_now()
            await trio.sleep(EVERY)

    async def tell_now(self) -> None:
        """Tell what there is to tell; it is a hint, so nothing comes of a failure."""
        if parameters := self._hints.take():
            with suppress(psycopg.Error, PoolTimeout, StoreUnavailable):
                await self._connections.tell(parameters, what=WRITING)

    async def _carry_out(self, writes: tuple[Write[Any], ...], key: str | None) -> tuple[Any, ...]:
        (first, *others) = writes
        if key is None and not others:
            if isinstance(first, Enqueue) and len(first.jobs) <= FEW:
                return (await self._groups.commit(first),)
            if isinstance(first, Claim):
                # That its outcome may be unknown more often does no harm: it runs out, as the claim of a
                # worker that died. If it finds nothing, there may be poison to bury.
                jobs = await self._told(lambda: claim_if_sound(first), alone=True)
                if jobs:
                    return (jobs,)
        return await self._told(lambda: _locked(writes, key))

    async def _told(self, begin: Callable[[], Program[R]], *, alone: bool = False) -> R:
        try:
            return await self._transact(begin, alone=alone)
        except _THEIRS as error:
            raise _ours(error, what=WRITING) from error

    async def _enqueue(self, take: Callable[[], tuple[Enqueue, ...]]) -> tuple[tuple[int, ...], ...]:
        taken: tuple[Enqueue, ...] = ()

        def begin() -> Program[tuple[tuple[int, ...], ...]]:
            nonlocal taken
            taken = taken or take()
            return enqueue_all(taken)

        return await self._transact(begin)

    async def _transact(self, begin: Callable[[], Program[R]], *, alone: bool = False) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._connections.transact(begin, what=WRITING, alone=alone)
            except psycopg.Error as error:
                if error.sqlstate not in AGAIN or attempt == ATTEMPTS:
                    raise
            await trio.sleep(PAUSES.delay(attempt, self._random))
        raise AssertionError("the last attempt returns or raises")


def _locked(writes: tuple[Write[Any], ...], key: str | None) -> Program[tuple[Any, ...]]:
    if (locks := locks_of(writes)) is not None:
        yield locks
    return (yield from commit(writes, key=key))


def _ours(error: psycopg.Error | PoolTimeout | PoolClosed, *, what: str) -> StoreFailed | StoreClosed:
    if isinstance(error, PoolClosed):
        return StoreClosed()
    if isinstance(error, PoolTimeout):
        return StoreBusy(what=what, why=f"{error.what}: {error.why}", fix=NO_CONNECTION)
    return failure(error, what=what)


def _for_each(error: BaseException) -> Exception:
    """Return an error for one of several whose commit failed together; they must not share one."""
    each: Exception
    if isinstance(error, _THEIRS):
        each = _ours(error, what=WRITING)
    elif isinstance(error, StoreFailed):
        each = type(error)(what=error.what, why=error.why, fix=error.fix)
    elif isinstance(error, OutcomeUnknown):
        each = OutcomeUnknown(why=error.why)
    else:
        each = OutcomeUnknown(why=f"it was interrupted by {type(error).__name__}")
    each.__cause__ = error
    return each
