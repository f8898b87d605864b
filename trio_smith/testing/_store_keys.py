"""Promises of stores about keys with values, and about leases."""

from __future__ import annotations

import trio

from ..store._errors import LeaseLost, RevisionConflict
from ..store.words import Append, Changes, Expire, Expired, Fence, ForgetMarks, Lease
from ._channel_pair import must
from ._store_promise import StorePromise, StoreUnderTest, must_be, must_raise_from


async def _held(under: StoreUnderTest) -> None:
    keys = under.store.keys
    must(await keys.get("a") is None, "a key was there that nobody put")
    must_be(await keys.revision(), 0, "the first revision")
    first = await keys.put("a", {"n": 1})
    second = await keys.put("b", b"\xff")
    third = await keys.put("a", None)
    must_be((first, second, third, await keys.revision()), (1, 2, 3, 3), "the revisions")
    a, b = await keys.get("a"), await keys.get("b")
    must_be(a and (a.key, a.value, a.revision, a.expires_at), ("a", None, 3, None), "a key")
    must_be(b and (b.data, b.revision), (b"\xff", 2), "another key")
    must_be(await keys.delete("a"), True, "deleting")
    must_be(await keys.delete("a"), False, "deleting again")
    must(await keys.get("a") is None, "a deleted key is there")
    must_be(await keys.put("a", 2), 5, "the revision of a key that is put again")


async def _compared(under: StoreUnderTest) -> None:
    keys = under.store.keys
    error = await must_raise_from(
        RevisionConflict, keys.put("a", 1, expected=1), "changing what is not there"
    )
    must_be((error.key, error.expected, error.actual), ("a", 1, 0), "the conflict")
    revision = await keys.put("a", 1, expected=0)
    error = await must_raise_from(RevisionConflict, keys.put("a", 2, expected=0), "making what is there")
    must_be((error.expected, error.actual), (0, revision), "the conflict")
    newer = await keys.put("a", 2, expected=revision)
    await must_raise_from(RevisionConflict, keys.delete("a", expected=revision), "deleting another revision")
    must_be(await keys.delete("a", expected=newer), True, "deleting the right revision")
    must_be(await keys.put("a", 3, expected=0), newer + 2, "making it again")


async def _one_wins(under: StoreUnderTest) -> None:
    keys, counted = under.store.keys, 20
    await keys.put("n", 0)

    async def count() -> None:
        while True:
            entry = await keys.get("n")
            assert entry is not None
            value = entry.value
            assert isinstance(value, int)
            try:
                await keys.put("n", value + 1, expected=entry.revision)
            except RevisionConflict:
                continue
            return

    async with trio.open_nursery() as nursery:
        for _ in range(counted):
            nursery.start_soon(count)
    entry = await keys.get("n")
    must_be(entry and entry.value, counted, "counting by compare-and-set")


async def _ends(under: StoreUnderTest) -> None:
    keys = under.store.keys
    revision = await keys.put("a", 1, ttl=10.0)
    await keys.put("b", 1, ttl=10.0)
    await keys.put("b", 2)
    await under.advance(9.9)
    must(await keys.get("a") is not None, "a key was gone too early")
    must_be(await under.store.ask(Expired()), False, "whether the time of a key is over")
    await under.advance(0.2)
    must(await keys.get("a") is None, "a key is there whose time is over")
    must_be(await under.store.ask(Expired()), True, "whether the time of a key is over, later")
    must_be([entry.key for entry in await keys.scan()], ["b"], "the keys that are there")
    await must_raise_from(RevisionConflict, keys.put("a", 2, expected=revision), "changing what is over")
    must_be(await keys.delete("a"), False, "deleting what is over")
    await keys.put("a", 2, expected=0)


async def _scanned(under: StoreUnderTest) -> None:
    keys = under.store.keys
    last = chr(0x10FFFF)
    names = [
        "a",
        "a/",
        "a/b",
        "a/b/c",
        "a0",
        "a/" + last,
        "a/\ue000",
        "ä",
        last,
        last * 2,
        "A/",
        "a/%",
        "a/_",
    ]
    for name in names:
        await keys.put(name, name)
    for prefix in ("", "a", "a/", "a/b", "a/%", last, "\ud7ff", "z"):
        wanted = sorted(name for name in names if name.startswith(prefix))
        found = [entry.key for entry in await keys.scan(prefix)]
        must_be(found, wanted, f"a scan of {prefix!r}")
        parts: list[str] = []
        while part := await keys.scan(prefix, after=parts[-1] if parts else "", limit=2):
            parts += [entry.key for entry in part]
        must_be(parts, wanted, f"a scan of {prefix!r} in parts")


async def _watched(under: StoreUnderTest) -> None:
    keys = under.store.keys
    await keys.put("a/0", "first")
    await keys.put("a/1", "before")
    await keys.put("b/1", "other")
    watching = keys.watch("a/")
    changes = [await watching.__anext__(), await watching.__anext__()]

    async def put() -> None:
        await trio.testing.wait_all_tasks_blocked()
        await keys.put("b/2", "other")
        await keys.put("a/2", "after")

    async def delete() -> None:
        await trio.testing.wait_all_tasks_blocked()
        await keys.delete("a/1")

    for change in (put, delete):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(change)
            changes.append(await watching.__anext__())
    seen = [(change.key, change.value) for change in changes]
    must_be(seen, [("a/0", "first"), ("a/1", "before"), ("a/2", "after"), ("a/1", None)], "watching")
    revisions = [change.revision for change in changes]
    must_be(revisions, sorted(set(revisions)), "the revisions seen")
    must_be(watching.revision, revisions[-1], "the revision of who watches")


async def _watched_end(under: StoreUnderTest) -> None:
    keys = under.store.keys
    await keys.put("a", 1, ttl=5.0)
    watching = keys.watch("a")
    must_be((await watching.__anext__()).value, 1, "the first change")
    await under.advance(6.0)
    gone = await watching.__anext__()
    must_be((gone.key, gone.data), ("a", None), "the change when its time was over")
    must_be(await under.store.write(Expire()), 0, "how many were left to expire")


async def _watch_resumed(under: StoreUnderTest) -> None:
    keys = under.store.keys
    await keys.put("a", 1)
    await keys.put("b", 2)
    watching = keys.watch(after=1)
    must_be((await watching.__anext__()).key, "b", "the first change after revision 1")
    with trio.move_on_after(0.02):
        await watching.__anext__()
        must(holds=False, otherwise="a change came that nobody made")
    await keys.put("c", 3)
    must_be((await watching.__anext__()).key, "c", "the change after a cancelled wait")


async def _marks_are_forgotten(under: StoreUnderTest) -> None:
    keys = under.store.keys
    await keys.put("a", 1, ttl=1.0)
    await keys.put("b", 1)
    await keys.delete("b")
    await under.advance(2.0)
    must_be(await under.store.write(Expire()), 1, "how many expired")
    must_be(await under.store.write(ForgetMarks(keep=10.0)), 0, "how many marks were forgotten at once")
    await under.advance(20.0)
    must_be(await under.store.write(Expire()), 0, "how many expired later")
    must_be(await under.store.write(ForgetMarks(keep=10.0)), 2, "how many marks were forgotten later")
    must_be(await keys.scan(), (), "the keys that are there")
    must_be(await keys.put("a", 2, expected=0), 5, "the next revision")


async def _forgotten_in_parts(under: StoreUnderTest) -> None:
    store = under.store
    for number in range(5):
        await store.keys.put(f"k{number}", 1, ttl=9.0 - number)
        await under.advance(0.5)
    await under.advance(10.0)
    before = await store.keys.revision()
    must_be([await store.write(Expire(limit=2)) for _ in range(4)], [2, 2, 1, 0], "expiring two at a time")
    gone = [change.key for change in await store.ask(Changes("", after=before))]
    must_be(gone, ["k4", "k3", "k2", "k1", "k0"], "what expired, oldest first")
    await under.advance(10.0)
    marks = ForgetMarks(keep=5.0, limit=3)
    must_be([await store.write(marks) for _ in range(3)], [3, 2, 0], "forgetting three marks at a time")


async def _taken(under: StoreUnderTest) -> None:
    leases = under.store.leases
    must(await leases.holder("l") is None, "a lease is held that nobody took")
    mine = await leases.take("l", holder="me", ttl=10.0)
    must(mine is not None and mine.token == 1, f"the first take gave {mine!r}")
    must(await leases.take("l", holder="you", ttl=10.0) is None, "two have one lease")
    must_be(await leases.holder("l"), mine, "the holder")
    await under.advance(5.0)
    again = await leases.take("l", holder="me", ttl=10.0)
    must(
        again is not None and mine is not None and again.token == mine.token and again.until > mine.until,
        f"its holder took {mine!r} again and got {again!r}",
    )
    must((await leases.take("other", holder="you")) is not None, "another lease is not free")


async def _fenced(under: StoreUnderTest) -> None:
    leases, store = under.store.leases, under.store
    old = await leases.take("l", holder="me", ttl=10.0)
    assert old is not None
    await store.commit(Fence(old), Append("s", ["mine"]))
    await under.advance(10.1)
    await must_raise_from(LeaseLost, store.commit(Fence(old), Append("s", ["late"])), "a commit too late")
    new = await leases.take("l", holder="you", ttl=10.0)
    must(new is not None and new.token > old.token, f"after {old!r} came {new!r}")
    error = await must_raise_from(
        LeaseLost, store.commit(Append("s", ["stale"]), Fence(old)), "a commit of a stale holder"
    )
    must_be((error.name, error.holder, error.token), ("l", "me", old.token), "the loss")
    await must_raise_from(LeaseLost, leases.renew(old), "renewing a lease that somebody else has")
    await leases.release(old)
    must_be(await leases.holder("l"), new, "the holder after a stale release")
    must_be([event.value for event in await store.journal.read("s")], ["mine"], "what was written")


async def _renewed(under: StoreUnderTest) -> None:
    leases = under.store.leases
    lease = await leases.take("l", holder="me", ttl=10.0)
    assert lease is not None
    await under.advance(9.0)
    renewed = await leases.renew(lease, ttl=10.0)
    must_be((renewed.name, renewed.holder, renewed.token), ("l", "me", lease.token), "the renewed lease")
    await under.advance(9.0)
    must(await leases.take("l", holder="you") is None, "a renewed lease was taken by another")
    await leases.release(lease)
    must(await leases.holder("l") is None, "a released lease is held")
    await must_raise_from(LeaseLost, leases.renew(lease), "renewing a released lease")
    mine = await leases.take("l", holder="me", ttl=10.0)
    must(mine is not None and mine.token > lease.token, f"after {lease!r} was released came {mine!r}")


async def _one_holder(under: StoreUnderTest) -> None:
    leases, holders = under.store.leases, list[Lease]()

    async def take(number: int) -> None:
        if (lease := await leases.take("l", holder=f"h{number}")) is not None:
            holders.append(lease)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(take, number)
    must(len(holders) == 1, f"{len(holders)} of 20 have the lease")


async def _held_round_a_block(under: StoreUnderTest) -> None:
    leases, log = under.store.leases, list[str]()

    async def hold(name: str) -> None:
        async with leases.hold("l", holder=name) as lease:
            log.append(f"{name} in")
            await under.store.commit(Fence(lease), Append("s", [name]))
            await trio.sleep(0.001)
            log.append(f"{name} out")

    async with trio.open_nursery() as nursery:
        for name in ("a", "b", "c"):
            nursery.start_soon(hold, name)
    pairs = [(log[n], log[n + 1]) for n in range(0, len(log), 2)]
    must(all(a.split()[0] == b.split()[0] for a, b in pairs), f"two were inside at once: {log}")
    must(await leases.holder("l") is None, "the lease was not given back")


KEY_PROMISES = (
    StorePromise(sentence="a key holds what was put last, under growing revisions", check=_held),
    StorePromise(sentence="a change of another revision than expected is refused", check=_compared),
    StorePromise(sentence="compare-and-set loses no update", check=_one_wins),
    StorePromise(sentence="a key is gone when its time is over", check=_ends),
    StorePromise(sentence="a scan finds the keys with a prefix, by code point", check=_scanned),
    StorePromise(sentence="who watches a prefix hears of every key that changes, in order", check=_watched),
    StorePromise(sentence="who watches hears of keys whose time is over", check=_watched_end),
    StorePromise(sentence="watching goes on after a revision, or a cancelled wait", check=_watch_resumed),
    StorePromise(sentence="what is gone leaves a mark that is forgotten in time", check=_marks_are_forgotten),
    StorePromise(
        sentence="keys expire, and their marks are forgotten, in parts, oldest first",
        check=_forgotten_in_parts,
    ),
    StorePromise(sentence="a lease has one holder, who may take it again", check=_taken),
    StorePromise(sentence="a stale holder is refused by its fencing token", check=_fenced),
    StorePromise(sentence="a lease can be renewed and given back", check=_renewed),
    StorePromise(sentence="of many who want a lease, one gets it", check=_one_holder),
    StorePromise(sentence="a lease held round a block keeps others out of it", check=_held_round_a_block),
)
