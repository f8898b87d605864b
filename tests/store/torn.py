"""Scenarios that can be begun again after a crash, and what is to be seen of them at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import attrs

from trio_smith.store import Conflict, Store
from trio_smith.store.words import (
    Accept,
    Anchor,
    Append,
    Complete,
    Delete,
    Enqueue,
    Execute,
    Fail,
    Fence,
    Put,
    Record,
    Replay,
    SaveSnapshot,
    Select,
    SetTimer,
    Truncate,
    Write,
    confirm,
    post,
)


@attrs.frozen
class Stage:
    """A store, its clock, and what to do after each commit that was acknowledged."""

    store: Store
    advance: Callable[[float], Awaitable[None]]
    acknowledged: Callable[[], object]

    async def commit(self, *writes: Write[Any], key: str | None = None) -> tuple[Any, ...]:
        """Commit *writes*, and note that it was acknowledged."""
        answers = await self.store.commit(*writes, key=key)
        self.acknowledged()
        return answers

    async def work(self, queue: str) -> None:
        """Do the jobs of *queue*, each with one effect."""
        while jobs := await self.store.queue.claim(queue, limit=2):
            for job in jobs:
                await self.commit(Complete(job), Append("effects", [job.value]), key=f"done {job.id}")


Scenario: TypeAlias = Callable[[Stage], Awaitable[None]]


async def appends(stage: Stage) -> None:
    for number in range(4):
        await stage.commit(Append("s", [number]), key=f"a{number}")


async def appends_at_versions(stage: Stage) -> None:
    while (version := await stage.store.journal.version("s")) < 4:
        await stage.commit(Append("s", [version], expected=version))


async def large_batches(stage: Stage) -> None:
    for number in range(2):
        await stage.commit(Append("s", ["x" * 500] * 30), key=f"b{number}")


async def truncates(stage: Stage) -> None:
    await stage.commit(Append("s", range(20)), key="a")
    for upto in (5, 12):
        await stage.commit(Truncate("s", upto), key=f"t{upto}")


async def snapshots(stage: Stage) -> None:
    for version in (1, 2, 3):
        await stage.commit(
            Append("s", [version]), SaveSnapshot("s", {"at": version}, version=version), key=f"s{version}"
        )


async def enqueues(stage: Stage) -> None:
    for number in range(3):
        await stage.commit(Enqueue("q", [number, "more"]), key=f"e{number}")


async def works(stage: Stage) -> None:
    await stage.commit(Enqueue("q", range(3)), key="e")
    await stage.work("q")


async def fails_and_replays(stage: Stage) -> None:
    await stage.commit(Enqueue("q", ["once"], max_attempts=9), key="e")
    if await stage.store.keys.get("buried") is None:
        (job,) = await stage.store.queue.claim("q")
        await stage.commit(Fail(job, "no"), Put("buried", 1), key="f")
    await stage.commit(Replay("q"), key="r")
    await stage.work("q")


async def puts(stage: Stage) -> None:
    for number in range(3):
        await stage.commit(Put("k", number), Put(f"k{number}", number, ttl=1e6), key=f"p{number}")


async def counts(stage: Stage) -> None:
    while True:
        entry = await stage.store.keys.get("n")
        value = 0 if entry is None else int(str(entry.value))
        if value == 4:
            return
        await stage.commit(Put("n", value + 1, expected=0 if entry is None else entry.revision))


async def deletes(stage: Stage) -> None:
    await stage.commit(Put("k", 1), Put("l", 2), key="p")
    await stage.commit(Delete("k"), key="d")
    await stage.commit(Put("k", 3, expected=0), key="q")


async def audits(stage: Stage) -> None:
    for number in range(4):
        await stage.commit(Record("c", number), key=f"r{number}")


async def posts_and_confirms(stage: Stage) -> None:
    await stage.commit(post("d", ["a", "b"]), Put("state", 1), key="p")
    await stage.commit(post("d", ["c"]), key="q")
    await stage.commit(confirm("d", 2), key="c")


async def accepts(stage: Stage) -> None:
    for sequence in (1, 2, 3):
        try:
            await stage.commit(Accept("r", "s", sequence), Append("s", [sequence]))
        except Conflict:  # accepted before the crash, so it is done
            continue


async def timers(stage: Stage) -> None:
    await stage.commit(SetTimer("t", "a", 1, delay=5.0), SetTimer("t", "b", 2, delay=9.0), key="s")
    await stage.advance(10.0)
    await stage.work("t")


async def leases(stage: Stage) -> None:
    lease = await stage.store.leases.take("l", holder="me", ttl=100.0)
    assert lease is not None
    for number in range(await stage.store.journal.version("s"), 3):
        await stage.commit(Fence(lease), Append("s", [number], expected=number))


async def spans(stage: Stage) -> None:
    for number in range(3):
        await stage.commit(
            Append("s", [number]),
            Put("k", number),
            Enqueue("q", [number]),
            Record("c", number),
            post("d", [number]),
            Accept("r", "s", number + 1),
            SaveSnapshot("s", number, version=number + 1),
            key=f"n{number}",
        )


async def own_tables(stage: Stage) -> None:
    await stage.commit(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY, n INTEGER)"), key="c")
    for number in range(3):
        row = {"id": number, "n": number}
        await stage.commit(
            Execute("INSERT INTO mine VALUES (:id, :n)", row), Append("s", [number]), key=f"i{number}"
        )
    rows = await stage.store.ask(Select("SELECT id, n FROM mine ORDER BY id"))
    assert rows == ((0, 0), (1, 1), (2, 2))


SCENARIOS: Final[tuple[Scenario, ...]] = (
    appends,
    appends_at_versions,
    large_batches,
    truncates,
    snapshots,
    enqueues,
    works,
    fails_and_replays,
    puts,
    counts,
    deletes,
    audits,
    posts_and_confirms,
    accepts,
    timers,
    leases,
    spans,
    own_tables,
)


async def facts(store: Store) -> dict[str, object]:
    """Return all that is to be seen of a scenario, but for times, ids and revisions."""
    snapshot = await store.snapshots.load("s")
    assert isinstance(await store.audit.verify("c"), Anchor)
    return {
        "version": await store.journal.version("s"),
        "events": [(event.version, event.value) for event in await store.journal.read("s")],
        "effects": sorted(str(event.value) for event in await store.journal.read("effects")),
        "snapshot": snapshot and (snapshot.version, snapshot.value),
        "jobs": [
            (depth.ready + depth.later, depth.dead)
            for depth in [await store.queue.statistics(queue) for queue in ("q", "t")]
        ],
        "keys": [(entry.key, entry.value) for entry in await store.keys.scan()],
        "audit": [record.value for record in await store.audit.read("c")],
        "outbox": [(event.version, event.value) for event in await store.outbox.pending("d")],
        "inbox": await store.inbox.accepted_upto("r", "s"),
    }
