"""Those who wait are woken by what they wait for, and look by themselves in between."""

from __future__ import annotations

import math

import trio

from trio_smith.store import Wakes
from trio_smith.store.words import Append, Enqueue, Put, ReleaseLease, SaveSnapshot
from trio_smith.store.words import Lease as LeaseOf


async def _nothing() -> tuple[int, ...]:
    await trio.lowlevel.checkpoint()
    return ()


async def test_a_wake_up_is_followed_by_a_look(autojump_clock: object) -> None:
    """Long before the next poll."""
    wakes, there = Wakes(), list[int]()

    async def look() -> tuple[int, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(there)

    async with trio.open_nursery() as nursery:

        async def write() -> None:
            await trio.sleep(1.0)
            there.append(7)
            wakes.wake_for([SaveSnapshot("s", 1, version=1), Append("s", [1])])

        nursery.start_soon(write)
        assert await wakes.until(look, topic="stream:s", poll=100.0, deadline=math.inf) == (7,)
    assert trio.current_time() == 1.0


async def test_without_a_wake_up_it_is_looked_at_all_the_same(autojump_clock: object) -> None:
    """Another process may have written it, whose wake-ups nobody hears here."""
    wakes, looks = Wakes(), 0

    async def look() -> tuple[int, ...]:
        nonlocal looks
        looks += 1
        await trio.lowlevel.checkpoint()
        return (1,) if looks == 5 else ()

    assert await wakes.until(look, topic="t", poll=2.0, deadline=math.inf) == (1,)
    assert trio.current_time() == 8.0


async def test_at_the_deadline_the_last_look_is_the_answer(autojump_clock: object) -> None:
    """Also if it lies in the past: it is looked at once."""
    wakes = Wakes()
    assert await wakes.until(_nothing, topic="t", poll=2.0, deadline=trio.current_time() + 5.0) == ()
    assert trio.current_time() == 5.0
    assert await wakes.until(_nothing, topic="t", poll=2.0, deadline=0.0) == ()
    assert trio.current_time() == 5.0


async def test_what_is_written_while_one_looks_is_not_missed(autojump_clock: object) -> None:
    """Listening begins before looking."""
    wakes, found = Wakes(), list[int]()

    async def look() -> tuple[int, ...]:
        before = tuple(found)
        await trio.sleep(0.1)
        if not found:
            found.append(1)
            wakes.wake("t")
        return before

    assert await wakes.until(look, topic="t", poll=100.0, deadline=math.inf) == (1,)
    assert trio.current_time() < 1.0


async def test_nobody_is_remembered_who_has_left(autojump_clock: object) -> None:
    """A million waits for a million names must not stay in memory."""
    wakes = Wakes()
    with trio.move_on_after(1.0):
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(
                    lambda n: wakes.until(_nothing, topic=f"t{n}", poll=0.1, deadline=math.inf), number
                )
    assert wakes._waiting == {}
    with wakes.listen("t") as one, wakes.listen("t") as other:
        wakes.wake("t")
        with wakes.listen("t") as later:
            assert (one.is_set(), other.is_set(), later.is_set()) == (True, True, False)
    assert wakes._waiting == {}


def test_each_write_wakes_those_who_wait_for_it() -> None:
    """By the name of what it changes."""
    lease = LeaseOf(name="l", holder="h", token=1, until=0.0)
    writes = [Append("s", [1]), Enqueue("q", [1]), Put("k", 1), ReleaseLease(lease)]
    assert [write.wakes for write in writes] == ["stream:s", "queue:q", "kv", "lease:l"]
