"""Promises of stores about the journal, snapshots, the outbox and the inbox."""

from __future__ import annotations

import trio

from ..store._errors import AlreadyAccepted, BadStoreName, InboxGap, VersionConflict
from ..store.words import Accept, Append, Event
from ._channel_pair import must
from ._store_promise import StorePromise, StoreUnderTest, must_be, must_raise_from

MANY = 2_500


async def _appended(under: StoreUnderTest) -> None:
    journal = under.store.journal
    must_be(await journal.version("s"), 0, "the version of a stream that is not there")
    must_be(await journal.read("s"), (), "reading it")
    must_be(await journal.append("s", [{"n": 1}, b"\x00\xff"]), 2, "append of two")
    must_be(await journal.append("s", ["three"]), 3, "append of one more")
    must_be(await journal.append("t", [1]), 1, "append to another stream")
    events = await journal.read("s")
    must_be([event.version for event in events], [1, 2, 3], "the versions read")
    must_be([event.data for event in events], [b'{"n":1}', b"\x00\xff", b'"three"'], "the events read")
    must_be(events[0].value, {"n": 1}, "the value of an event")
    must_be(await journal.version("s"), 3, "the version")


async def _read_in_parts(under: StoreUnderTest) -> None:
    journal = under.store.journal
    await journal.append("s", range(MANY))
    read: list[Event] = []
    while part := await journal.read("s", after=read[-1].version if read else 0, limit=999):
        must(len(part) <= 999, f"{len(part)} events came where 999 were the limit")
        read += part
    must_be([event.value for event in read], list(range(MANY)), "reading in parts")


async def _times(under: StoreUnderTest) -> None:
    journal = under.store.journal
    await journal.append("s", [1, 2])
    await under.advance(2.5)
    await journal.append("s", [3])
    first, second, third = [event.at for event in await journal.read("s")]
    must_be(first, second, "the time of two events of one append")
    must(abs(third - first - 2.5) < 1e-3, f"after 2.5 s the time of an event differs by {third - first}")


async def _expected(under: StoreUnderTest) -> None:
    journal = under.store.journal
    await journal.append("s", [1], expected=0)
    for expected in (0, 2):
        error = await must_raise_from(
            VersionConflict, journal.append("s", [2], expected=expected), "append at a wrong version"
        )
        must_be((error.stream, error.expected, error.actual), ("s", expected, 1), "the conflict")
    must_be(await journal.append("s", [2], expected=1), 2, "append at the right version")
    must_be([event.value for event in await journal.read("s")], [1, 2], "what is there")


async def _one_wins(under: StoreUnderTest) -> None:
    journal, won = under.store.journal, list[int]()

    async def append(number: int) -> None:
        try:
            await journal.append("s", [number], expected=0)
        except VersionConflict:
            return
        won.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(append, number)
    must(len(won) == 1, f"{len(won)} of 20 appends at the same version succeeded")
    must_be([event.value for event in await journal.read("s")], won, "what is there")


async def _no_gaps(under: StoreUnderTest) -> None:
    journal, got = under.store.journal, dict[int, int]()

    async def append(number: int) -> None:
        got[await journal.append("s", [number])] = number

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(append, number)
    must_be(sorted(got), list(range(1, 51)), "the versions of 50 appends at once")
    there = {event.version: event.value for event in await journal.read("s")}
    must_be(there, got, "what is there")


async def _truncated(under: StoreUnderTest) -> None:
    journal = under.store.journal
    await journal.append("s", range(5))
    must_be(await journal.truncate("s", 3), 3, "truncate")
    must_be(await journal.truncate("s", 3), 0, "truncate again")
    must_be([event.version for event in await journal.read("s")], [4, 5], "the versions left")
    must_be(await journal.truncate("s", 100), 2, "truncate of the rest")
    must_be(await journal.version("s"), 5, "the version afterwards")
    must_be(await journal.append("s", [5], expected=5), 6, "the next append")


async def _followed(under: StoreUnderTest) -> None:
    journal, got = under.store.journal, list[object]()
    await journal.append("s", ["old", "there"])

    async def follow() -> None:
        async for event in journal.follow("s", after=1):
            got.append(event.value)
            if len(got) == 5:
                return

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        for number in range(2):
            await journal.append("s", [number, "more"])
    must_be(got, ["there", 0, "more", 1, "more"], "following")


async def _snapshots(under: StoreUnderTest) -> None:
    snapshots = under.store.snapshots
    must(await snapshots.load("s") is None, "a snapshot was there that nobody saved")
    must_be(await snapshots.save("s", {"state": 1}, version=5), True, "the first save")
    must_be(await snapshots.save("s", "older", version=4), False, "saving an older one")
    must_be(await snapshots.save("s", "again", version=5), True, "saving the same version again")
    must_be(await snapshots.save("s", "newer", version=9), True, "saving a newer one")
    loaded = await snapshots.load("s")
    must(loaded is not None, "the snapshot is gone")
    must_be(loaded and (loaded.version, loaded.value), (9, "newer"), "the snapshot")
    must(await snapshots.load("t") is None, "another stream has a snapshot that nobody saved")


async def _outbox(under: StoreUnderTest) -> None:
    outbox = under.store.outbox
    must_be(await outbox.destinations(), (), "destinations of an empty outbox")
    must_be(await outbox.post("b", ["x", "y"]), 2, "post of two")
    must_be(await outbox.post("a", ["z"]), 1, "post to another")
    await under.store.journal.append("no outbox", [1])
    must_be(await outbox.destinations(), ("a", "b"), "destinations")
    must_be(await outbox.destinations(after="a"), ("b",), "destinations after one")
    must_be(await outbox.destinations(limit=1), ("a",), "the first destination")
    must_be([(one.version, one.value) for one in await outbox.pending("b")], [(1, "x"), (2, "y")], "pending")
    must_be(await outbox.confirm("b", 1), 1, "confirm")
    must_be([one.version for one in await outbox.pending("b")], [2], "pending after it")
    must_be(await outbox.confirm("b", 2), 1, "confirm of the rest")
    must_be(await outbox.destinations(), ("a",), "destinations after it")
    must_be(await outbox.post("b", ["w"]), 3, "the sequence afterwards")
    await must_raise_from(BadStoreName, outbox.post("", [1]), "posting to nobody")


async def _inbox(under: StoreUnderTest) -> None:
    inbox = under.store.inbox
    must_be(await inbox.accepted_upto("r", "s"), 0, "the mark before all")
    gap = await must_raise_from(InboxGap, inbox.accept("r", "s", sequence=2), "accepting 2 before 1")
    must_be((gap.receiver, gap.sender, gap.sequence, gap.mark), ("r", "s", 2, 0), "the gap")
    for sequence in (1, 2, 3):
        await inbox.accept("r", "s", sequence=sequence)
    for sequence in (0, 1, 3):
        twice = await must_raise_from(
            AlreadyAccepted, inbox.accept("r", "s", sequence=sequence), f"accepting {sequence} after 3"
        )
        must_be((twice.sequence, twice.mark), (sequence, 3), "the refusal")
    await must_raise_from(InboxGap, inbox.accept("r", "s", sequence=5), "accepting 5 after 3")
    must_be(await inbox.accepted_upto("r", "s"), 3, "the mark")
    must_be(await inbox.accepted_upto("r", "other"), 0, "the mark of another sender")
    must_be(await inbox.accepted_upto("other", "s"), 0, "the mark of another receiver")


async def _accepted_with_effect(under: StoreUnderTest) -> None:
    store, done = under.store, list[int]()

    async def receive() -> None:
        try:
            await store.commit(Accept("r", "s", 1), Append("effects", ["once"]))
        except AlreadyAccepted:
            return
        done.append(1)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(receive)
    must_be((len(done), await store.journal.version("effects")), (1, 1), "a message that came ten times")


JOURNAL_PROMISES = (
    StorePromise(
        sentence="events of a stream are numbered from 1 and read as they were appended", check=_appended
    ),
    StorePromise(sentence="a long stream is read in parts", check=_read_in_parts),
    StorePromise(sentence="an event tells when it was written, by the store's clock", check=_times),
    StorePromise(sentence="an append at a wrong version is refused and writes nothing", check=_expected),
    StorePromise(sentence="of many appends at one version, one succeeds", check=_one_wins),
    StorePromise(sentence="appends at once leave no gap and lose nothing", check=_no_gaps),
    StorePromise(
        sentence="a truncated stream keeps its version and the numbers of the others", check=_truncated
    ),
    StorePromise(sentence="who follows a stream gets every event, in order", check=_followed),
    StorePromise(sentence="the newest snapshot is kept", check=_snapshots),
    StorePromise(sentence="an outbox keeps messages until they are confirmed", check=_outbox),
    StorePromise(sentence="an inbox accepts each message once, and in order", check=_inbox),
    StorePromise(sentence="a message that comes many times has its effect once", check=_accepted_with_effect),
)
