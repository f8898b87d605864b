"""A work queue in a file: what fails is tried again, and what always fails lies aside until it is mended.

Two workers claim jobs for a time. The result of a job and its completion are one commit: never one without
the other. A job that fails comes again; after its third attempt it is a dead letter, with the reason. Once
the workers have learned to read it, it is replayed.

Try breaking it: give FILE a path of your own, end the program with ``kill -9`` wherever you like, and start
it again. What was acknowledged is still there, and what somebody had in hand comes again when its claim,
here a second, is over.
"""

import math
import tempfile
from pathlib import Path

import trio

import trio_smith as smith
from trio_smith.store import Complete, Put, Store, open_store

FILE: Path | None = None
NUMBERS = {"one": "1"}


def add(text: str) -> int:
    """Add the numbers of a text such as 1+2."""
    return sum(int(NUMBERS.get(part, part)) for part in text.split("+"))


async def work(store: Store) -> None:
    """Claim, do, complete; for ever."""
    while True:
        for job in await store.queue.claim("sums", lease=1.0, wait=math.inf):
            try:
                total = add(str(job.value))
            except ValueError as error:
                await store.queue.fail(job, str(error), retry_in=0.01)
            else:
                await store.commit(Complete(job), Put(f"sum/{job.value}", total))


async def settled(store: Store) -> None:
    """Wait until nothing is left to do, and show what came of it."""
    while (queue := await store.queue.statistics("sums")).ready or queue.later:  # noqa: ASYNC110 - the store knows
        await trio.sleep(0.01)
    for entry in await store.keys.scan("sum/"):
        print(f"{entry.key.removeprefix('sum/')} = {entry.value}")
    for letter in await store.queue.dead_letters("sums"):
        print(f"{letter.value} is dead after {letter.attempts} attempts: {letter.reason}")


async def main() -> None:
    """Run the workers, look, mend, replay, look again."""
    with tempfile.TemporaryDirectory() as folder:
        path = FILE or Path(folder) / "queue.db"
        # A poll is for jobs that come due; a new one wakes the workers at once.
        async with open_store(path, poll=0.02) as store, smith.open_supervisor() as supervisor:
            for name in ("left", "right"):
                await supervisor.start(work, store, name=name)
            for text in ("1+1", "one+1", "2+two"):
                # A key that was used brings nothing new: a program that starts again may ask again.
                await store.queue.enqueue("sums", text, max_attempts=3, key=f"sum {text}")
            await settled(store)

            NUMBERS["two"] = "2"
            print(f"mended; {len(await store.queue.replay('sums'))} replayed")
            await settled(store)
            await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
