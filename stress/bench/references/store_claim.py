"""claim of 100 jobs at a time: the same in bare SQL, one transaction for each claim, flushed."""

import tempfile
import time

from stress.bench.measure import argument, emit, now
from stress.bench.references._jobs import CLAIM, ENQUEUE, open_jobs


def _main(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        connection = open_jobs(folder)
        connection.execute("BEGIN")
        connection.executemany(ENQUEUE, [("q", b"1", time.time())] * n)
        connection.execute("COMMIT")
        begun, claimed = now(), 0
        while True:
            connection.execute("BEGIN IMMEDIATE")
            at = time.time()
            jobs = connection.execute(CLAIM, {"now": at, "until": at + 1e6}).fetchall()
            connection.execute("COMMIT")
            if not jobs:
                break
            claimed += len(jobs)
        emit("claim", claimed / (now() - begun), "/s")
        connection.close()


_main(argument("n", 100_000))
