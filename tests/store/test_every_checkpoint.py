"""Whatever is written, wherever it is cancelled: it was done or it was not, and repeated it is done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.store.in_postgres import in_postgres
from tests.store.opening import in_memory, in_sqlite
from tests.store.striking import When, struck
from trio_smith.store import Accept, Append, Complete, Enqueue, Job, Lease, Put, Record, Store
from trio_smith.testing import StoreUnderTest
from trio_smith.testing.postgres import Postgres

Given: TypeAlias = Any
"""What was prepared: the jobs of the queue, the lease, the dead letter."""
Do: TypeAlias = Callable[[Store, str, Given, str], Awaitable[object]]
Prepare: TypeAlias = Callable[[Store, str], Awaitable[Given]]


async def nothing(_store: Store, _name: str) -> None:
    """Prepare nothing."""


async def claimed(store: Store, name: str) -> Job:
    """Have a job in hand, and two more in the queue."""
    await store.queue.enqueue_many(name, [1, 2, 3])
    (job,) = await store.queue.claim(name)
    return job


async def waiting(store: Store, name: str) -> None:
    """Have two jobs in the queue."""
    await store.queue.enqueue_many(name, [1, 2])


async def buried(store: Store, name: str) -> int:
    """Have a dead letter."""
    job = await claimed(store, name)
    await store.queue.bury(job, "no")
    return job.id


async def leased(store: Store, name: str) -> Lease:
    """Have a lease."""
    lease = await store.leases.take(name, holder="me", ttl=100.0)
    assert lease is not None
    return lease


async def filled(store: Store, name: str) -> None:
    """Have a stream, a key, a timer, and messages."""
    await store.commit(Append(name, [1, 2, 3]), Put(name, 1))
    await store.timers.set(name, delay=9.0, group=name)
    await store.outbox.post(name, [1, 2])


async def together(store: Store, name: str, job: Job, key: str) -> object:
    """Complete a job with its effects, as a durable actor does."""
    effects = (Append(name, ["done"]), Put(name, "state"), Enqueue(name, ["next"]))
    return await store.commit(Complete(job), *effects, Record(name, 1), Accept(name, "sender", 1), key=key)


KEYED: Final[Mapping[str, tuple[Prepare, Do]]] = {
    "append": (nothing, lambda store, name, _, key: store.journal.append(name, [1, 2], key=key)),
    "truncate": (filled, lambda store, name, _, key: store.journal.truncate(name, 2, key=key)),
    "save": (nothing, lambda store, name, _, key: store.snapshots.save(name, 1, version=1, key=key)),
    "enqueue": (nothing, lambda store, name, _, key: store.queue.enqueue(name, 1, key=key)),
    "enqueue many": (nothing, lambda store, name, _, key: store.queue.enqueue_many(name, [1, 2], key=key)),
    "complete": (claimed, lambda store, _, job, key: store.queue.complete(job, key=key)),
    "fail": (claimed, lambda store, _, job, key: store.queue.fail(job, "no", retry_in=9.0, key=key)),
    "bury": (claimed, lambda store, _, job, key: store.queue.bury(job, "no", key=key)),
    "replay": (buried, lambda store, name, _, key: store.queue.replay(name, key=key)),
    "discard": (buried, lambda store, name, letter, key: store.queue.discard(name, [letter], key=key)),
    "set a timer": (
        nothing,
        lambda store, name, _, key: store.timers.set(name, delay=9.0, group=name, key=key),
    ),
    "cancel a timer": (filled, lambda store, name, _, key: store.timers.cancel(name, group=name, key=key)),
    "release": (leased, lambda store, _, lease, key: store.leases.release(lease, key=key)),
    "put": (nothing, lambda store, name, _, key: store.keys.put(name, 1, key=key)),
    "delete": (filled, lambda store, name, _, key: store.keys.delete(name, key=key)),
    "record": (nothing, lambda store, name, _, key: store.audit.record(name, 1, key=key)),
    "post": (nothing, lambda store, name, _, key: store.outbox.post(name, [1, 2], key=key)),
    "confirm": (filled, lambda store, name, _, key: store.outbox.confirm(name, 1, key=key)),
    "accept": (nothing, lambda store, name, _, key: store.inbox.accept(name, "sender", sequence=1, key=key)),
    "together": (claimed, together),
}
GRANTS: Final[Mapping[str, tuple[Prepare, Do]]] = {
    "claim": (waiting, lambda store, name, _, __: store.queue.claim(name)),
    "renew a claim": (claimed, lambda store, _, job, __: store.queue.renew(job)),
    "take": (nothing, lambda store, name, _, __: store.leases.take(name, holder="me", ttl=100.0)),
    "renew a lease": (leased, lambda store, _, lease, __: store.leases.renew(lease, ttl=100.0)),
    "enqueue without a key": (nothing, lambda store, name, _, __: store.queue.enqueue(name, 1)),
}


async def facts(store: Store, name: str) -> list[object]:
    """Return all that is to be seen under *name*, but for ids, revisions and times."""
    snapshot, entry = await store.snapshots.load(name), await store.keys.get(name)
    lease = await store.leases.holder(name)
    return [
        await store.journal.version(name),
        [event.value for event in await store.journal.read(name)],
        snapshot and snapshot.value,
        await store.queue.statistics(name),
        [(letter.value, letter.reason) for letter in await store.queue.dead_letters(name)],
        await store.queue.statistics(f"smith:timers:{name}"),
        entry and entry.value,
        lease and (lease.holder, lease.token),
        (await store.audit.end(name)).position,
        [event.value for event in await store.outbox.pending(name)],
        await store.inbox.accepted_upto(name, "sender"),
    ]


async def sweep(store: Store, operation: str, *, keyed: bool, when: When) -> int:
    """Cancel *operation* at each of its steps in turn; return how many there are."""
    prepare, do = (KEYED if keyed else GRANTS)[operation]

    async def begin(name: str) -> tuple[Callable[[], Awaitable[object]], list[object]]:
        given = await prepare(store, name)
        return partial(do, store, name, given, f"key {name}"), await facts(store, name)

    call, before = await begin(f"{operation} {when} whole")
    await call()
    wanted = await facts(store, f"{operation} {when} whole")
    for step in count(1):
        name = f"{operation} {when} {step}"
        call, began = await begin(name)
        assert began == before
        answers, cancelled = await struck(call, at=step, when=when)
        there = await facts(store, name)
        assert there == (wanted if answers else before), f"struck {when} at step {step}"
        if keyed:
            again = await call()
            assert not answers or again == answers[0]
        elif not answers:
            await call()
        assert await facts(store, name) == wanted, f"struck {when} at step {step} and repeated"
        if not cancelled:
            return step - 1
    raise AssertionError("it ends")


async def sweep_all(opening: AbstractAsyncContextManager[StoreUnderTest], *, keyed: bool) -> dict[str, int]:
    """Sweep all operations over one store; return how many points each has."""
    points = {}
    async with opening as under:
        await under.store.tidy()
        under.store._next_tidy = float("inf")  # or its steps would be those of whoever comes by
        for operation in KEYED if keyed else GRANTS:
            points[operation] = sum(
                [await sweep(under.store, operation, keyed=keyed, when=when) for when in When]
            )
    return points


@pytest.mark.parametrize("keyed", [True, False])
async def test_a_cancellation_at_any_checkpoint_leaves_a_store_in_memory_whole(*, keyed: bool) -> None:
    """It has one checkpoint, before anything is done."""
    points = await sweep_all(in_memory(), keyed=keyed)
    assert min(points.values()) >= 2


@pytest.mark.parametrize("keyed", [True, False])
async def test_a_cancellation_at_any_checkpoint_leaves_a_store_in_sqlite_whole(
    tmp_path: Path, *, keyed: bool
) -> None:
    """The commit waits, is written, is flushed, or is on its way back."""
    points = await sweep_all(in_sqlite(tmp_path / "a.db"), keyed=keyed)
    assert min(points.values()) >= 2


@pytest.mark.long
@pytest.mark.parametrize("keyed", [True, False])
async def test_a_cancellation_at_any_checkpoint_leaves_a_store_in_postgresql_whole(
    smith_postgres: Postgres, *, keyed: bool
) -> None:
    """Each statement is sent, waited for and read; COMMIT too."""
    points = await sweep_all(in_postgres(smith_postgres), keyed=keyed)
    by_itself = {"claim"}  # one statement is all that it says
    assert min(count for what, count in points.items() if what not in by_itself) >= 8
    assert min(points.values()) >= 3
