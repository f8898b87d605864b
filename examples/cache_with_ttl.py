"""A cache whose entries run out, a counter that nobody loses a count of, and somebody who watches.

Twenty readers want the same page, which costs something to fetch. The first fetches it and the others read
what it put, until that has run out. Ten tasks then count in one entry by compare-and-set: who comes too
late sees a `RevisionConflict` and tries again. The watcher hears of each key that changes, also of those
that run out.

Try breaking it: leave out ``expected=`` in ``count``. Counts are lost.
"""

import trio

from trio_smith.store import RevisionConflict, Store, open_store

TTL = 0.2
fetched: list[str] = []


async def page(store: Store, name: str) -> str:
    """Return a page out of the cache, or fetch it and put it there."""
    if (known := await store.keys.get(f"page/{name}")) is None:
        fetched.append(name)
        await store.keys.put(f"page/{name}", f"<h1>{name}</h1>", ttl=TTL)
        return f"<h1>{name}</h1>"
    return str(known.value)


async def count(store: Store) -> None:
    """Add one to the entry, whoever else does so."""
    while True:
        known = await store.keys.get("visits")
        number, revision = (known.value, known.revision) if known else (0, 0)
        assert isinstance(number, int)
        try:
            await store.keys.put("visits", number + 1, expected=revision)
        except RevisionConflict:
            continue
        return


async def watch(store: Store) -> None:
    """Tell of changes to pages; one that is told of twice in the same state is told of once."""
    async for change in store.keys.watch("page/"):
        print("watcher:", change.key, "is gone" if change.value is None else "is there")


async def main() -> None:
    """Read, wait, read again, count."""
    async with open_store("memory:", poll=0.05) as store, trio.open_nursery() as nursery:
        nursery.start_soon(watch, store)
        for _ in range(20):
            await page(store, "home")
        print("20 readers, fetched", len(fetched))
        await trio.sleep(2 * TTL)
        await page(store, "home")
        print("one more after it had run out, fetched", len(fetched))
        async with trio.open_nursery() as counters:
            for _ in range(10):
                counters.start_soon(count, store)
        visits = await store.keys.get("visits")
        print("10 counted:", visits and visits.value)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
