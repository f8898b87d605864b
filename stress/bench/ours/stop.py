"""stop: a tree of supervisors, 10 x 10 x 100 idle children, stopped in order; until all are gone.

``kind`` is actor or function.
"""

import trio
import trio.testing

import trio_smith as smith
from stress.bench.measure import argument, choice, emit, now

from ._idle import Idle, parked


def _tree(kind: str, name: str, widths: tuple[int, ...]) -> smith.SupervisorSpec:
    """Return a supervisor with as many children as the first width says, and so on below."""
    width, *below = widths
    names = [f"{name}-{number}" for number in range(width)]
    if below:
        children = tuple(smith.child(_tree(kind, each, tuple(below)), name=each) for each in names)
    else:
        children = tuple(smith.child(Idle if kind == "actor" else parked, name=each) for each in names)
    return smith.SupervisorSpec(name=name, children=children)


async def _main(kind: str, leaves: int) -> None:
    begun = 0.0
    async with smith.open_tree(_tree(kind, "root", (10, 10, leaves))) as supervisor:
        await trio.testing.wait_all_tasks_blocked()
        begun = now()
        await supervisor.stop()
    emit("stop", (now() - begun) * 1e3, "ms")


trio.run(_main, choice("kind", "actor"), argument("leaves", 100))
