"""idle: the processor time of a loop in which one task wakes each of *n* parked ones once a second.

In percent of one core: what heartbeats cost at the least when each is one schedule of its own task.
"""

import os
import time

import trio
import trio.testing
from trio.lowlevel import Abort, Task, current_task, reschedule, wait_task_rescheduled

from stress.bench.measure import argument, emit, now


async def _beating(tasks: list[Task]) -> None:
    tasks.append(current_task())
    while True:
        await wait_task_rescheduled(lambda _: Abort.SUCCEEDED)


async def _wake_all(tasks: list[Task]) -> None:
    while True:
        await trio.sleep(1)
        for task in tasks:
            reschedule(task)


async def _main(n: int, seconds: int) -> None:
    tasks: list[Task] = []
    async with trio.open_nursery() as nursery:
        for _ in range(n):
            nursery.start_soon(_beating, tasks)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(_wake_all, tasks)
        await trio.sleep(0.3)
        begun, used = now(), time.process_time()
        await trio.sleep(seconds)
        emit("idle", (time.process_time() - used) / (now() - begun) * 100, "%")
        os._exit(0)


trio.run(_main, argument("n", 10_000), argument("seconds", 3))
