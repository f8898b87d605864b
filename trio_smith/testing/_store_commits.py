"""Promises of stores about whole commits: atomic, repeatable, cancellable; and about audit chains."""

from __future__ import annotations

from random import Random

import trio

from ..store._errors import BadRequest, BadStoreName, Conflict, KeyReused, RevisionConflict, VersionConflict
from ..store.words import (
    LONGEST_STORE_NAME,
    Accept,
    Anchor,
    Append,
    Broken,
    Claim,
    Complete,
    Enqueue,
    ForgetKeys,
    Put,
    Record,
    SaveSnapshot,
    SetTimer,
    TakeLease,
    post,
)
from ._channel_pair import must
from ._store_promise import StorePromise, StoreUnderTest, must_be, must_raise_from

STRUCK = 200
SEED = 20


async def _spanning(under: StoreUnderTest) -> None:
    store = under.store
    answers = await store.commit(
        Append("s", [1, 2]),
        SaveSnapshot("s", "state", version=2),
        Enqueue("q", ["job"]),
        Put("k", "v"),
        Record("c", "what happened"),
        Accept("r", "x", 1),
        SetTimer("t", "name", delay=1.0),
        TakeLease("l", "me", ttl=5.0),
        Claim("q"),
    )
    must_be(
        (answers[0], answers[1], answers[3], answers[4], answers[5]), (2, True, 1, 1, None), "the answers"
    )
    must_be([job.value for job in answers[8]], ["job"], "a claim of what the same commit enqueued")
    must_be(answers[2], (answers[8][0].id,), "the id of the job")
    await store.commit(Complete(answers[8]), Append("s", [3], expected=2))
    must_be(await store.journal.version("s"), 3, "the version")


async def _all_or_nothing(under: StoreUnderTest) -> None:
    store = under.store
    await store.keys.put("k", 1)
    for doomed in (Append("s", [9], expected=7), Put("k", 9, expected=7), Accept("r", "x", 7)):
        await must_raise_from(
            Conflict,
            store.commit(
                Append("s", [1]),
                SaveSnapshot("s", "x", version=1),
                Enqueue("q", [1]),
                Put("k", 2),
                Put("new", 1),
                Record("c", 1),
                Accept("r", "y", 1),
                SetTimer("t", "n", delay=0.0),
                doomed,
                key="doomed",
            ),
            f"a commit with {doomed!r}",
        )
    leasing = store.commit(TakeLease("l", "me", ttl=5.0), Claim("q"), Accept("r", "x", 7))
    await must_raise_from(Conflict, leasing, "a commit that takes a lease and fails")
    entry = await store.keys.get("k")
    must_be(entry and (entry.value, entry.revision), (1, 1), "a key")
    must_be(await store.keys.revision(), 1, "the revision")
    must_be(await store.journal.version("s"), 0, "the version of the stream")
    must(await store.snapshots.load("s") is None, "the snapshot is there")
    must_be(await store.queue.claim("q"), (), "the queue")
    must_be(await store.queue.claim("t"), (), "the timer")
    must(await store.keys.get("new") is None, "a new key is there")
    must_be((await store.audit.end("c")).position, 0, "the audit chain")
    must_be(await store.inbox.accepted_upto("r", "y"), 0, "the inbox")
    must(await store.leases.holder("l") is None, "the lease is held")
    must_be(await store.commit(Append("s", [1]), key="doomed"), (1,), "the key of what failed, used again")


async def _in_order(under: StoreUnderTest) -> None:
    store = under.store
    answers = await store.commit(*(Append("s", [n], expected=n) for n in range(5)), Put("k", 1), Put("k", 2))
    must_be(answers, (1, 2, 3, 4, 5, 1, 2), "the answers of writes that build on one another")
    await must_raise_from(
        VersionConflict,
        store.commit(Append("t", [1]), Append("t", [2], expected=0)),
        "a commit against itself",
    )


async def _others_unharmed(under: StoreUnderTest) -> None:
    store, failed = under.store, list[int]()

    async def commit(number: int) -> None:
        doomed = number % 3 == 0
        try:
            await store.commit(
                Append("s", [number]), Put(f"k{number}", number, expected=5 if doomed else None)
            )
        except RevisionConflict:
            failed.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(60):
            nursery.start_soon(commit, number)
    must_be(sorted(failed), list(range(0, 60, 3)), "the commits that failed")
    there = sorted(str(event.value) for event in await store.journal.read("s"))
    must_be(there, sorted(str(n) for n in range(60) if n % 3), "what the others wrote")


async def _repeated(under: StoreUnderTest) -> None:
    store = under.store
    writes = (Append("s", [1]), Enqueue("q", [1, 2], delay=5), Put("k", 1), SaveSnapshot("s", 1, version=1))
    answers = await store.commit(*writes, key="once")
    same = (Append("s", [1]), Enqueue("q", [1, 2], delay=5.0), Put("k", 1), SaveSnapshot("s", 1, version=1))
    for _ in range(3):
        must_be(await store.commit(*same, key="once"), answers, "a commit that was repeated")
    must_be(await store.journal.version("s"), 1, "the version")
    must_be(await store.keys.revision(), 1, "the revision")
    must_be(await store.journal.append("s", [2], key="other"), 2, "a commit with another key")
    error = await must_raise_from(
        KeyReused, store.commit(Append("s", [3]), key="once"), "the same key for another commit"
    )
    must_be(error.key, "once", "the key")
    must_be(await store.commit(Complete([]), key="nothing"), (None,), "a commit that answers nothing")
    must_be(await store.commit(Complete([]), key="nothing"), (None,), "the same again")


async def _repeated_at_once(under: StoreUnderTest) -> None:
    store, got = under.store, list[int]()

    async def append() -> None:
        got.append(await store.journal.append("s", ["once"], key="k"))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(append)
    must_be((got, await store.journal.version("s")), ([1] * 20, 1), "a commit that came 20 times at once")


async def _keys_forgotten(under: StoreUnderTest) -> None:
    store = under.store
    await store.journal.append("s", [1], key="k")
    await under.advance(6 * 86_400.0)
    await store.tidy()
    must_be(await store.journal.append("s", [1], key="k"), 1, "a commit that was repeated after six days")
    await under.advance(86_400.0 + 1)
    await store.tidy()
    must_be(await store.journal.append("s", [1], key="k"), 2, "the same after seven days")


async def _keys_forgotten_in_parts(under: StoreUnderTest) -> None:
    store = under.store
    for number in range(5):
        await store.keys.put("k", number, key=f"{9 - number}")
        await under.advance(1.0)
    keys = ForgetKeys(keep=1.5, limit=2)  # all but the last
    must_be([await store.write(keys) for _ in range(3)], [2, 2, 0], "forgetting two keys at a time")
    must_be(await store.keys.put("k", 4, key="5"), 5, "a repeated commit whose key is left")
    must_be(await store.keys.put("k", 3, key="6"), 6, "a repeated commit whose key was forgotten")


async def _long_names(under: StoreUnderTest) -> None:
    store, random = under.store, Random(SEED)

    def name() -> str:
        # Characters of four bytes, and no pattern that a database could press together.
        return "".join(chr(random.randrange(0x10000, 0x110000)) for _ in range(LONGEST_STORE_NAME // 4))

    stream, chain, key, lease, holder = name(), name(), name(), name(), name()
    queue, timer, group, receiver, sender, destination = (name() for _ in range(6))
    writes = (
        Append(stream, [1]),
        SaveSnapshot(stream, 1, version=1),
        Record(chain, 1),
        Put(key, 1, ttl=5.0),
        Enqueue(queue, [1]),
        SetTimer(queue, timer, delay=0.0),
        Accept(receiver, sender, 1),
        post(destination, [1]),
    )
    answers = await store.commit(*writes, key=name())
    must_be(len(answers), len(writes), "a commit about the longest names")
    await store.timers.set(timer, delay=0.0, group=group)
    jobs = [*await store.queue.claim(queue, limit=5), *await store.timers.claim(group=group)]
    must_be([job.name for job in jobs], [None, timer, timer], "the names of jobs")
    for job in jobs:
        await store.queue.bury(job, "no")
    must_be(len(await store.queue.replay(queue)), 2, "replaying")
    held = await store.leases.take(lease, holder=holder)
    must_be(await store.leases.holder(lease), held, "the holder of a lease")
    must_be([entry.key for entry in await store.keys.scan(key)], [key], "a scan")
    must_be(await store.outbox.destinations(), (destination,), "the destinations")
    must_be(await store.outbox.confirm(destination, 1), 1, "confirming")
    for refused in (
        store.outbox.post(f"{destination}x", [1]),
        store.timers.set(timer, delay=0.0, group=f"{group}x"),
        store.journal.append(f"{stream}x", [1]),
        store.journal.append(stream, [1], key=f"{key}x"),
    ):
        await must_raise_from(BadStoreName, refused, "a name of one byte more")


async def _refused(under: StoreUnderTest) -> None:
    store = under.store
    await must_raise_from(BadRequest, store.commit(), "a commit of nothing")
    await must_raise_from(
        BadRequest, store.commit(*[Put("k", 1)] * 1_001), "a commit of more writes than are allowed"
    )
    must_be(len(await store.commit(*[Put("k", 1)] * 1_000)), 1_000, "the largest commit")
    await must_raise_from(BadRequest, store.commit(Claim("q"), key="k"), "a claim with an idempotency key")
    await must_raise_from(
        BadRequest, store.commit(TakeLease("l", "me", ttl=1.0), key="k"), "a lease with an idempotency key"
    )


async def _cancelled(under: StoreUnderTest) -> None:
    random = Random(SEED)
    returned, cancelled = set[int](), set[int]()

    async def commit(number: int) -> None:
        with trio.CancelScope() as scope:
            nursery.start_soon(strike, scope, number)
            try:
                await under.store.commit(
                    Append("s", [number]), Put(f"k{number}", number), Enqueue("q", [number])
                )
            except trio.Cancelled:
                cancelled.add(number)
                raise
            returned.add(number)

    async def strike(scope: trio.CancelScope, number: int) -> None:
        # Half of them in one of the next passes of the loop, while it is under way; the others at any time.
        if number % 2:
            for _ in range(number % 16 // 2):
                await trio.lowlevel.checkpoint()
        else:
            await trio.sleep(random.random() * 0.004)
        scope.cancel()

    async with trio.open_nursery() as nursery:
        for number in range(STRUCK):
            nursery.start_soon(commit, number)
    must(len(returned) + len(cancelled) == STRUCK, "some commit neither returned nor was cancelled")
    # Whatever a store still has in hand of those comes before this one.
    await under.store.keys.put("last", 0)
    written = {int(str(event.value)) for event in await under.store.journal.read("s")}
    must(not written & cancelled, f"cancelled and yet written: {sorted(written & cancelled)}")
    must(returned <= written, f"returned and yet not written: {sorted(returned - written)}")
    keys = {int(entry.key[1:]) for entry in await under.store.keys.scan("k")}
    must_be(keys, written, "the keys of the same commits")
    must_be((await under.store.queue.statistics("q")).ready, len(written), "the jobs of the same commits")


async def _never_begun(under: StoreUnderTest) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await under.store.journal.append("s", [1])
    must(scope.cancelled_caught, "a commit in a cancelled scope returned")
    must_be(await under.store.journal.version("s"), 0, "the version")
    with trio.CancelScope() as scope:
        scope.cancel()
        await under.store.journal.version("s")
    must(scope.cancelled_caught, "a query in a cancelled scope returned")


async def _read_back(under: StoreUnderTest) -> None:
    async def write(number: int) -> None:
        for step in range(1, 11):
            await under.store.journal.append(f"s{number}", [step])
            must_be(await under.store.journal.version(f"s{number}"), step, "a query behind its own commit")

    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(write, number)


async def _audited(under: StoreUnderTest) -> None:
    audit = under.store.audit
    must_be(await audit.verify("c"), Anchor(0, bytes(32)), "an empty chain")
    must_be([await audit.record("c", n) for n in range(3)], [1, 2, 3], "the positions")
    must_be(await audit.record("d", "other"), 1, "the position in another chain")
    anchor = await audit.end("c")
    await audit.record("c", b"\xff")
    end = await audit.verify("c", anchor=anchor)
    must_be(end, await audit.end("c"), "the end of a whole chain")
    must_be([one.position for one in await audit.read("c", after=1, limit=2)], [2, 3], "a part")
    wrong = await audit.verify("c", anchor=Anchor(2, anchor.hash))
    must(isinstance(wrong, Broken) and wrong.position == 2, f"an anchor with another hash gave {wrong!r}")
    beyond = await audit.verify("c", anchor=Anchor(9, anchor.hash))
    must(isinstance(beyond, Broken) and beyond.position == 5, f"a chain that was cut off gave {beyond!r}")


async def _audited_at_once(under: StoreUnderTest) -> None:
    audit, got = under.store.audit, list[int]()

    async def record(number: int) -> None:
        got.append(await audit.record("c", number))

    async def verify() -> None:
        for _ in range(10):
            found = await audit.verify("c")
            must(isinstance(found, Anchor), f"a chain that grows was called broken: {found!r}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(verify)
        for number in range(40):
            nursery.start_soon(record, number)
    must_be(sorted(got), list(range(1, 41)), "the positions of 40 records at once")
    must_be(await audit.verify("c"), await audit.end("c"), "the chain")


async def _tampered(under: StoreUnderTest) -> None:
    assert under.tamper is not None
    for number in range(10):
        await under.store.audit.record("c", number)
    await under.tamper("c", 6)
    broken = await under.store.audit.verify("c")
    must(isinstance(broken, Broken) and broken.position == 6, f"verifying a changed chain gave {broken!r}")


COMMIT_PROMISES = (
    StorePromise(sentence="a commit spans all ports, and its writes see those before them", check=_spanning),
    StorePromise(sentence="a commit of which one write fails writes nothing", check=_all_or_nothing),
    StorePromise(sentence="the writes of a commit are carried out in order", check=_in_order),
    StorePromise(sentence="a commit that fails harms no other that came with it", check=_others_unharmed),
    StorePromise(sentence="a commit that is repeated with its key is done once", check=_repeated),
    StorePromise(sentence="one key at once from many is done once", check=_repeated_at_once),
    StorePromise(sentence="idempotency keys are kept for a week", check=_keys_forgotten),
    StorePromise(sentence="idempotency keys are forgotten in parts", check=_keys_forgotten_in_parts),
    StorePromise(sentence="the longest names are kept, and longer ones refused", check=_long_names),
    StorePromise(sentence="what cannot be a commit is refused", check=_refused),
    StorePromise(
        sentence="a cancelled commit has written nothing, one that returned has written all",
        check=_cancelled,
    ),
    StorePromise(sentence="in a cancelled scope nothing is begun", check=_never_begun),
    StorePromise(sentence="who has committed reads what was written", check=_read_back),
    StorePromise(sentence="an audit chain is whole as it was written", check=_audited),
    StorePromise(sentence="an audit chain that grows is whole all the time", check=_audited_at_once),
    StorePromise(sentence="a changed audit record is found", check=_tampered, tampering=True),
)
