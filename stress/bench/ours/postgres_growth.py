"""append of 100 events at a time to a stream that has so many already; PostgreSQL."""

import trio

from stress.bench.measure import argument, emit, now
from stress.bench.ours._postgres import url_of
from trio_smith.store import Execute, open_store
from trio_smith.testing.postgres import throwaway_postgres

AT_ONCE = 100
FILL = """
    INSERT INTO smith_events (stream, version, at, data)
    SELECT 's', version, 0, :data FROM generate_series(1, CAST(:population AS bigint)) AS version"""


async def _main(url: str, population: int, n: int) -> None:
    async with open_store(url) as store:
        await store.commit(
            Execute(FILL, {"data": b'{"n":1}', "population": population}),
            Execute(
                "INSERT INTO smith_streams VALUES ('s', CAST(:population AS bigint))",
                {"population": population},
            ),
        )
        await store.commit(Execute("ANALYZE"))
        begun = now()
        for _ in range(n // AT_ONCE):
            await store.journal.append("s", [{"n": 1}] * AT_ONCE)
        emit("append", n / (now() - begun), "/s")


with throwaway_postgres(own=True) as postgres:
    trio.run(_main, url_of(postgres), argument("population", 1_000), argument("n", 20_000))
