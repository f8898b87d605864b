"""idle: the processor time of an empty Trio loop, in percent of one core."""

import time

import trio

from stress.bench.measure import argument, emit, now


async def _main(seconds: int) -> None:
    await trio.sleep(0.3)
    begun, used = now(), time.process_time()
    await trio.sleep(seconds)
    emit("idle", (time.process_time() - used) / (now() - begun) * 100, "%")


trio.run(_main, argument("seconds", 3))
