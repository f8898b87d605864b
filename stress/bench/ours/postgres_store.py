"""claim of 100 jobs at a time, then enqueue from 64 tasks; PostgreSQL, flushed at each commit."""

import trio

from stress.bench.measure import argument, emit, now
from stress.bench.ours._postgres import url_of
from trio_smith.store import Execute, Store, open_store
from trio_smith.testing.postgres import throwaway_postgres

TASKS = 64
AT_ONCE = 100


async def _work(store: Store, n: int) -> None:
    for _ in range(n):
        await store.queue.enqueue("enqueued", 1)


async def _main(url: str, n: int) -> None:
    async with open_store(url) as store:
        for _ in range(n // 1_000):
            await store.queue.enqueue_many("claimed", [1] * 1_000)
        await store.commit(Execute("ANALYZE"))
        begun, claimed = now(), 0
        while jobs := await store.queue.claim("claimed", limit=AT_ONCE, lease=1e6):
            claimed += len(jobs)
        emit("claim", claimed / (now() - begun), "/s")
        await _work(store, 1)
        begun = now()
        async with trio.open_nursery() as nursery:
            for _ in range(TASKS):
                nursery.start_soon(_work, store, n // TASKS)
        emit("enqueue", n // TASKS * TASKS / (now() - begun), "/s")


with throwaway_postgres(own=True, durable=True) as postgres:
    trio.run(_main, url_of(postgres), argument("n", 30_000))
