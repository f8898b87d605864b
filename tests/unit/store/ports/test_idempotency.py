"""Whatever is written through a port can be repeated with an idempotency key."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from trio_smith.store import BadRequest, MemoryAdapter, Store, Write, ports, words
from trio_smith.store.sql._commit import WRITES

PORTS = [getattr(ports, name) for name in vars(ports) if inspect.isclass(getattr(ports, name))]
GRANTS = {words.Claim, words.Renew, words.TakeLease, words.RenewLease}
# What writes without saying which write it is, and what only holds, claims or watches by means of others.
THROUGH_OTHERS = {"Timers.claim", "Leases.hold"}


def methods() -> Iterator[tuple[str, Any]]:
    """Yield what users call, by name."""
    for port in PORTS:
        for name, method in inspect.getmembers(port, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{port.__name__}.{name}", method


def writing() -> list[Any]:
    """Return each method that writes, and is no grant."""
    grants = {f"{grant.__name__}(" for grant in GRANTS}
    found = []
    for name, method in methods():
        source = inspect.getsource(method)
        writes = "_store.write(" in source and name not in THROUGH_OTHERS
        if writes and not any(one in source for one in grants):
            found.append(pytest.param(method, id=name))
    return found


@pytest.mark.parametrize("method", writing())
def test_every_method_that_writes_takes_a_key(method: Any) -> None:
    """It is None unless one is given, and can only be given by its name."""
    key = inspect.signature(method).parameters["key"]
    assert key.default is None
    assert key.kind is inspect.Parameter.KEYWORD_ONLY


def test_the_methods_that_write_are_these() -> None:
    """So that the test above looks at all of them."""
    assert len(writing()) == 19, [param.id for param in writing()]


def test_only_what_is_granted_for_a_time_goes_without_a_key() -> None:
    """Repeated later it would grant something that is over."""
    assert {write for write in WRITES if write.grant} == GRANTS


async def test_every_method_does_once_what_is_repeated_with_its_key() -> None:
    """The second call answers as the first and changes nothing."""
    store = Store(MemoryAdapter(clock=trio.current_time))
    await store.queue.enqueue_many("q", [1, 2, 3])
    job, other, third = await store.queue.claim("q", limit=3)
    lease = await store.leases.take("l", holder="h")
    assert lease is not None
    calls = [
        lambda: store.journal.append("s", [1], key="1"),
        lambda: store.journal.truncate("s", 1, key="2"),
        lambda: store.snapshots.save("s", 1, version=1, key="3"),
        lambda: store.queue.enqueue("p", 1, key="4"),
        lambda: store.queue.enqueue_many("p", [1, 2], key="5"),
        lambda: store.queue.complete(job, key="6"),
        lambda: store.queue.bury(other, "no", key="7"),
        lambda: store.queue.fail(third, "later", retry_in=9.0, key="7a"),
        lambda: store.queue.replay("q", key="8"),
        lambda: store.queue.discard("q", [1], key="9"),
        lambda: store.timers.set("t", delay=1.0, key="10"),
        lambda: store.timers.cancel("t", key="11"),
        lambda: store.leases.release(lease, key="12"),
        lambda: store.keys.put("k", 1, key="13"),
        lambda: store.keys.delete("k", key="14"),
        lambda: store.audit.record("c", 1, key="15"),
        lambda: store.outbox.post("d", [1], key="16"),
        lambda: store.outbox.confirm("d", 1, key="17"),
        lambda: store.inbox.accept("r", "s", sequence=1, key="18"),
    ]
    for call in calls:
        assert await call() == await call()
    assert await store.journal.version("s") == 1
    assert (await store.queue.statistics("p")).ready == 3
    assert (await store.audit.end("c")).position == 1
    assert await store.keys.revision() == 2


async def test_a_grant_with_a_key_is_refused() -> None:
    """And says why."""
    store = Store(MemoryAdapter())
    for grant in (words.Claim("q"), words.TakeLease("l", "h", ttl=1.0)):
        with pytest.raises(BadRequest, match="no idempotency key"):
            await store.write(_any(grant), key="k")


def _any(write: Write[Any]) -> Write[object]:
    return write
