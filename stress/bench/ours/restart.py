"""restart: a child fails and is started again, among *children* - 1 idle ones; ``kind`` is actor or function.

From just before the ``raise`` to the first line of the replacement: for an actor, of its handler, at the
next message.
"""

import trio

import trio_smith as smith
from stress.bench.measure import argument, choice, emit, latencies

from ._failing import OFTEN, Crash, Failing, Restarts
from ._idle import Idle, parked


async def _restarts(kind: str, children: int, n: int) -> None:
    run = Restarts(n)
    async with smith.open_supervisor(max_restarts=OFTEN) as supervisor:
        for number in range(children - 1):
            await supervisor.start(Idle if kind == "actor" else parked, name=f"idle-{number}")
        if kind == "actor":
            ref = await supervisor.start(Failing, run, name="failing")
            ref.tell_nowait(Crash())
        else:
            await supervisor.start(run.function, name="failing", restart=smith.Restart.PERMANENT)
        await run.done.wait()
        await supervisor.stop()
    latencies(f"restart of 1 in {children}", run.samples)
    emit(f"restart of 1 in {children} rate", len(run.samples) / sum(run.samples), "/s")


def _main(kind: str, n: int) -> None:
    for children in (1, 1_000):
        trio.run(_restarts, kind, children, n)


_main(choice("kind", "actor"), argument("n", 3_000))
