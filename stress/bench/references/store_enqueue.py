"""enqueue: the bare sqlite3 of Python, one transaction for each job, flushed."""

import tempfile
import time

from stress.bench.measure import argument, emit, now
from stress.bench.references._jobs import ENQUEUE, open_jobs


def _main(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        connection = open_jobs(folder)
        begun = now()
        for _ in range(n):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(ENQUEUE, ("q", b"1", time.time()))
            connection.execute("COMMIT")
        emit("enqueue", n / (now() - begun), "/s")
        connection.close()


_main(argument("n", 4_000))
