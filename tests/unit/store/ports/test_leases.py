"""A lease that is held round a block: renewed, lost, given back."""

from __future__ import annotations

import math
from typing import Any

import pytest
import trio

from tests.store.opening import HandClock
from trio_smith.store import LeaseLost, OutcomeUnknown, Store, StoreBusy
from trio_smith.store._errors import BadRequest
from trio_smith.store.memory import MemoryAdapter
from trio_smith.store.words import Append, Fence, ReleaseLease, RenewLease


class Moody(MemoryAdapter):
    """Fails renewals, or the giving back, as long as it is told to."""

    failing: type | None = None
    error: Exception = StoreBusy(what="a test", why="wants it")

    async def commit(self, writes: Any, *, key: str | None) -> Any:
        """Fail, or commit."""
        if self.failing is not None and isinstance(writes[0], self.failing):
            await trio.lowlevel.checkpoint()
            raise self.error
        return await super().commit(writes, key=key)


def _store() -> tuple[Store, Moody]:
    adapter = Moody(clock=trio.current_time)
    return Store(adapter), adapter


async def test_a_lease_is_renewed_for_as_long_as_the_block_lasts(autojump_clock: object) -> None:
    """The block is longer than the lease."""
    store, _ = _store()
    async with store.leases.hold("l", ttl=10.0) as lease:
        await trio.sleep(100.0)
        await store.commit(Fence(lease), Append("s", [1]))
        assert await store.leases.take("l", holder="other") is None
    assert await store.leases.holder("l") is None


async def test_a_lost_lease_cancels_the_block(autojump_clock: object) -> None:
    """Whoever goes on without it would work beside the next holder."""
    store, _ = _store()

    async def lose() -> None:
        async with store.leases.hold("l", ttl=9.0, holder="me") as lease:
            await store.leases.release(lease)
            await trio.sleep(1_000.0)

    with pytest.raises(LeaseLost) as lost:
        await lose()
    assert (lost.value.name, lost.value.holder) == ("l", "me")
    assert trio.current_time() < 10.0


@pytest.mark.parametrize("error", [StoreBusy(what="a", why="b"), OutcomeUnknown(why="c")])
async def test_a_renewal_that_fails_is_tried_again(autojump_clock: object, error: Exception) -> None:
    """As long as the lease lasts, nothing is lost."""
    store, adapter = _store()
    adapter.error = error
    async with store.leases.hold("l", ttl=9.0):
        adapter.failing = RenewLease
        await trio.sleep(5.0)
        adapter.failing = None
        await trio.sleep(50.0)

    async def lose() -> None:
        async with store.leases.hold("l", ttl=9.0):
            adapter.failing = RenewLease
            await trio.sleep(1_000.0)

    with pytest.raises(LeaseLost):
        await lose()


@pytest.mark.parametrize("error", [StoreBusy(what="a", why="b"), OutcomeUnknown(why="c")])
async def test_a_lease_that_cannot_be_given_back_runs_out(autojump_clock: object, error: Exception) -> None:
    """The block has done its work; that is not taken back because of it."""
    store, adapter = _store()
    adapter.error = error
    async with store.leases.hold("l", ttl=9.0):
        adapter.failing = ReleaseLease
    assert await store.leases.holder("l") is not None
    await trio.sleep(10.0)
    assert await store.leases.holder("l") is None


async def test_what_the_block_raises_leaves_it_as_it_is(autojump_clock: object) -> None:
    """Nobody wants a group of one round it; and the lease is given back."""
    store, _ = _store()
    with pytest.raises(ZeroDivisionError):
        async with store.leases.hold("l"):
            raise ZeroDivisionError
    with pytest.raises(ExceptionGroup) as group:
        async with store.leases.hold("l"):
            raise ExceptionGroup("its own", [ValueError(), KeyError()])
    assert group.value.message == "its own"
    with trio.move_on_after(5.0) as scope:
        async with store.leases.hold("l"):
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert await store.leases.holder("l") is None


async def test_who_waits_for_a_lease_gets_it_or_is_told(autojump_clock: object) -> None:
    """At once when it is given back, and after its end when it is not."""
    store, _ = _store()
    taken = await store.leases.take("l", holder="other", ttl=20.0)
    assert taken is not None
    with pytest.raises(trio.TooSlowError):
        async with store.leases.hold("l", wait=5.0):
            pass
    async with store.leases.hold("l", wait=60.0):
        assert trio.current_time() < 22.0
    for wait in (-1.0, math.nan):
        with pytest.raises(BadRequest):
            async with store.leases.hold("l", wait=wait):
                pass
        with pytest.raises(BadRequest):
            await store.queue.claim("q", wait=wait)


async def test_a_watcher_at_rest_writes_no_more_than_it_polls(autojump_clock: object) -> None:
    """Its own look for what has run out must not wake it, or another watcher, which would look again."""
    commits = 0

    class Counting(MemoryAdapter):
        async def commit(self, writes: Any, *, key: str | None) -> Any:
            nonlocal commits
            commits += 1
            return await super().commit(writes, key=key)

    store = Store(Counting(clock=HandClock()), poll=1.0)
    with trio.move_on_after(10.5):
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(store.keys.watch("a").__anext__)
    assert commits < 30


async def test_a_key_that_runs_out_is_told_to_all_who_watch(autojump_clock: object) -> None:
    """One of them writes it down, and the others hear of it."""
    store = Store(MemoryAdapter(clock=trio.current_time), poll=1.0)
    await store.keys.put("a", 1, ttl=5.0)
    gone: list[float] = []

    async def watch() -> None:
        watching = store.keys.watch("a")
        assert (await watching.__anext__()).data is not None
        assert (await watching.__anext__()).data is None
        gone.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(watch)
    assert all(5.0 <= at <= 6.5 for at in gone)
