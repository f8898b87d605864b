"""What a hostile reader tried on what every store has, whichever database keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from trio_smith.store import (
    Expire,
    LeaseLost,
    MemoryAdapter,
    OutcomeUnknown,
    ReleaseLease,
    RenewLease,
    StoreBusy,
    StoreFull,
    TakeLease,
    Write,
)
from trio_smith.store._store import Store


class Faulty(MemoryAdapter):
    """A store in memory that asks a test before each commit what is to go wrong; its clock is Trio's."""

    def __init__(self, before: Callable[[Write[Any]], float | Exception | None]) -> None:
        super().__init__(clock=trio.current_time)
        self._before = before

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Raise what the test wants, or answer after so many seconds."""
        wanted = self._before(writes[0])
        if isinstance(wanted, Exception):
            raise wanted
        answers = await super().commit(writes, key=key)
        await trio.sleep(wanted or 0.0)
        return answers


@pytest.mark.parametrize("fault", [StoreFull, StoreBusy])
async def test_a_commit_does_not_fail_because_the_store_could_not_be_tidied(
    autojump_clock: object, fault: type[StoreFull]
) -> None:
    """What is old can be forgotten a minute later; whoever comes by at that moment has no part in it."""

    def before(write: Write[Any]) -> Exception | None:
        return fault(what="cannot write", why="a test wants it") if isinstance(write, Expire) else None

    store = Store(Faulty(before))
    assert await store.keys.put("key", 1) == 1
    with pytest.raises(fault):
        await store.tidy()


async def test_a_commit_is_not_unknown_because_it_is_unknown_whether_the_store_was_tidied(
    autojump_clock: object,
) -> None:
    """The commit had not begun."""
    store = Store(
        Faulty(lambda write: OutcomeUnknown(why="a test wants it") if isinstance(write, Expire) else None)
    )
    assert await store.keys.put("key", 1) == 1


async def test_a_lease_is_renewed_again_after_it_was_unknown_whether_it_was(autojump_clock: object) -> None:
    """A connection that is lost while it commits is lost for a moment only."""
    renewals = 0

    def before(write: Write[Any]) -> Exception | None:
        nonlocal renewals
        renewals += isinstance(write, RenewLease)
        return OutcomeUnknown(why="a test wants it") if renewals == 1 else None

    store = Store(Faulty(before))
    async with store.leases.hold("name", ttl=9.0):
        await trio.sleep(20.0)
    assert renewals > 2


async def test_a_block_ends_as_it_ended_although_it_is_unknown_whether_its_lease_was_given_back(
    autojump_clock: object,
) -> None:
    """The lease runs out by itself."""
    store = Store(
        Faulty(lambda write: OutcomeUnknown(why="a test") if isinstance(write, ReleaseLease) else None)
    )
    with pytest.raises(KeyError):
        async with store.leases.hold("name", ttl=9.0):
            raise KeyError


async def test_a_holder_stops_before_the_lease_that_was_granted_slowly_ends(autojump_clock: object) -> None:
    """It counts from the grant, so until the answer has come some of it is gone."""

    def before(write: Write[Any]) -> float | Exception | None:
        if isinstance(write, TakeLease):
            return 6.0
        return StoreBusy(what="cannot renew", why="a test") if isinstance(write, RenewLease) else None

    store = Store(Faulty(before))
    began = trio.current_time()
    with pytest.raises(LeaseLost):
        async with store.leases.hold("name", ttl=9.0):
            await trio.sleep_forever()
    assert trio.current_time() - began <= 9.0 + 1e-6
