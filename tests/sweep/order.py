"""In which order children ended, read from the events."""

from __future__ import annotations

from collections.abc import Sequence

import trio_smith as smith
from trio_smith.testing import Stage
from trio_smith.testing._point import Blow


def check_reverse_stop(stage: Stage, names: Sequence[str], path: tuple[str, ...] = ()) -> None:
    """Demand that *names*, children of the supervisor at *path* in start order, were stopped last first.

    Only the last end of each counts, and only one by a stop: who ended by itself did so when it liked.
    A start in progress is cancelled first of all: a supervisor that was not ready yet does not count.
    Ctrl-C in the midst of a stop ends all at once, and then there is no order to demand.
    """
    if len(stage.hits) > 1 and stage.hits[-1].strike.blow is Blow.INTERRUPT:
        return
    ended: dict[str, int] = {}
    up: set[str] = set()
    for place, event in enumerate(stage.events):
        if isinstance(event, smith.ChildStarted) and event.path[:-1] == path:
            up.add(event.id)
        elif (
            isinstance(event, smith.ChildEnded | smith.SupervisorEnded)
            and event.path[:-1] == path
            and event.path
        ):
            ended.pop(event.id, None)
            if isinstance(event.reason, smith.Stopped | smith.Killed) and event.id in up:
                ended[event.id] = place
            up.discard(event.id)
    order = sorted((name for name in names if name in ended), key=lambda name: ended[name])
    expected = [name for name in reversed(names) if name in ended]
    assert order == expected, f"the children of {'/'.join(path) or 'the root'} ended in the order {order}"


def check_balanced(stage: Stage) -> None:
    """Demand that every child that was started has ended, once for each start."""
    up: dict[tuple[str, ...], int] = {}
    for event in stage.events:
        if isinstance(event, smith.ChildStarted):
            assert up.get(event.path, 0) == 0, f"{event.path} was started while it ran"
            up[event.path] = 1
        elif isinstance(event, smith.ChildEnded | smith.SupervisorEnded) and event.path in up:
            up[event.path] = 0
    left = [path for path, count in up.items() if count]
    assert not left, f"no end was reported of {left}"


def count(stage: Stage, kind: type[smith.SupervisionEvent], name: str) -> int:
    """Return how many events of *kind* there are about the child *name*."""
    return sum(isinstance(event, kind) and event.id == name for event in stage.events)
