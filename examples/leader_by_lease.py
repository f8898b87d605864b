"""One leader at a time: a lease in the store, and a fence that stops the one who does not know it is over.

Alice leads, and then is held up for longer than her lease lasts. Bob, who has waited, takes over; his lease
has a larger token. When Alice comes back she still believes that she leads, but every write of a leader
goes with a `Fence`, which the store checks in the same transaction: hers is refused, and nothing of it is
written.

Try breaking it: leave the ``Fence`` out of ``publish``. Alice's late words stand over Bob's.
"""

import tempfile
from pathlib import Path

import trio

from trio_smith.store import Fence, Lease, LeaseLost, Put, Store, open_store

TTL = 0.2


async def publish(store: Store, lease: Lease, words: str) -> None:
    """Write what only the leader may write."""
    await store.commit(Fence(lease), Put("orders", words))


async def alice(store: Store, leading: trio.Event, back: trio.Event) -> None:
    """Lead without renewing, as a process does that was stopped."""
    lease = await store.leases.take("leader", holder="alice", ttl=TTL)
    assert lease is not None
    await publish(store, lease, "Alice: go left")
    print("alice leads, token", lease.token)
    leading.set()
    await back.wait()
    try:
        await publish(store, lease, "Alice: go left, still")
    except LeaseLost:
        print("alice is back and was refused: her lease is over")


async def bob(store: Store, leading: trio.Event, back: trio.Event) -> None:
    """Wait for the lease, and keep it for as long as the block lasts."""
    await leading.wait()
    async with store.leases.hold("leader", holder="bob", ttl=TTL) as lease:
        print("bob leads, token", lease.token)
        await publish(store, lease, "Bob: go right")
        await trio.sleep(2 * TTL)  # for longer than a lease lasts: it is renewed
        back.set()
        await publish(store, lease, "Bob: go right, still")
        await trio.sleep(TTL)


async def main() -> None:
    """Let both run, and see whose words stand."""
    leading, back = trio.Event(), trio.Event()
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "leader.db") as store:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(alice, store, leading, back)
                nursery.start_soon(bob, store, leading, back)
            orders = await store.keys.get("orders")
            print("the orders are:", orders and orders.value)
            print("the leader is:", await store.leases.holder("leader"))


if __name__ == "__main__":
    trio.run(main)
