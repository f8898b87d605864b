"""one_for_all: one of 100 children fails, the others are stopped in turn, and all are started again.

From the kick that makes the child fail to the first line of the last replacement; ``kind`` is actor or
function.
"""

import trio
import trio.testing

import trio_smith as smith
from stress.bench.measure import argument, choice, latencies, now

from ._failing import OFTEN, Boom


class Group:
    """Notes when the last of its children came up, and kicks the first one."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.kick = trio.Event()
        self.complete_at = 0.0
        self.up = 0

    def came_up(self) -> None:
        """Count one more that is up."""
        self.up += 1
        if self.up == self.size:
            self.complete_at = now()

    async def function(self, place: int) -> None:
        """Be a plain function; the first one fails when it is kicked."""
        self.came_up()
        if place == 0:
            await self.kick.wait()
            raise Boom
        await trio.sleep_forever()


@smith.message
class Kick:
    """Fail."""


class Member(smith.Actor[Kick]):
    """Comes up where it is made."""

    def __init__(self, group: Group) -> None:
        group.came_up()

    @smith.on(Kick)
    async def fail(self, _: Kick) -> None:
        """Crash."""
        raise Boom


async def _main(kind: str, size: int, rounds: int) -> None:
    group = Group(size)
    samples: list[float] = []
    first: smith.Ref[Kick] | None = None
    async with smith.open_supervisor(strategy=smith.Strategy.ONE_FOR_ALL, max_restarts=OFTEN) as supervisor:
        for place in range(size):
            if kind == "actor":
                ref = await supervisor.start(Member, group, name=f"member-{place}")
                first = first or ref
            else:
                await supervisor.start(group.function, place, name=f"member-{place}")
        for _ in range(rounds):
            await trio.testing.wait_all_tasks_blocked()
            group.up, kick, group.kick = 0, group.kick, trio.Event()
            kicked_at = now()
            if first is not None:
                first.tell_nowait(Kick())
            else:
                kick.set()
            await trio.testing.wait_all_tasks_blocked()
            assert group.up == size
            samples.append(group.complete_at - kicked_at)
        await supervisor.stop()
    latencies("one_for_all", samples)


trio.run(_main, choice("kind", "actor"), argument("size", 100), argument("rounds", 60))
