"""What the children of a tree do by themselves, incarnation by incarnation: a script of failures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from enum import Enum
from typing import cast

import attrs
import trio

from ..exits import Ignore, Shutdown
from ..supervision import ChildSpec, SupervisorSpec, stopping
from ..supervision.spec import Kind


class Beginning(Enum):
    """How an incarnation starts."""

    READY = "ready"
    FAILS = "fails"
    IGNORES = "ignores"


class Ending(Enum):
    """What an incarnation does when its time is up."""

    STAYS = "stays"
    """It goes on until it is stopped."""
    RETURNS = "returns"
    CRASHES = "crashes"
    SHUTS_DOWN = "shuts_down"


class Farewell(Enum):
    """What an incarnation does when it is asked to stop."""

    AT_ONCE = "at_once"
    """Nothing: it does not ask whether it should stop, so it is cancelled."""
    SLOWLY = "slowly"
    """It takes half a second."""
    RAISES = "raises"
    """It raises."""
    STUBBORN = "stubborn"
    """It goes on until its grace has passed, and then for a second in spite of the cancellation."""


class Scripted(Exception):
    """The crash that a script wants."""


@attrs.frozen(kw_only=True)
class Life:
    """One incarnation: it begins after ``delay`` seconds, and lives for ``lasts`` seconds unless it stays."""

    begins: Beginning = Beginning.READY
    delay: float = 0.0
    lasts: float = 1.0
    ends: Ending = Ending.STAYS
    farewell: Farewell = Farewell.AT_ONCE


@attrs.frozen
class FailureScript:
    """The lives of the leaves of a tree: ``lives[n]`` are those of leaf n (in order of the tree), in turn.

    Leaves are the children that are async functions; actors are left alone. A leaf that has lived
    them all, and one for which there are none, then lives quietly until it is stopped.
    A restarted supervisor's children go on with the lives that are left, so that every script comes to rest.
    """

    lives: tuple[tuple[Life, ...], ...] = ()

    def cast(self, spec: SupervisorSpec, /) -> SupervisorSpec:
        """Return *spec* with each leaf replaced by a function that follows this script, from its beginning.

        Everything else of a leaf's spec is kept. Cast anew for each run.
        """
        return _cast(spec, iter(itertools.chain(self.lives, itertools.repeat(()))))


def _cast(spec: SupervisorSpec, lives: Iterator[tuple[Life, ...]]) -> SupervisorSpec:
    if spec.template is not None:
        return attrs.evolve(spec, template=_cast_child(spec.template, lives))
    given: object = spec.children
    if not isinstance(given, tuple):
        return spec
    children = cast("tuple[ChildSpec, ...]", given)
    return attrs.evolve(spec, children=tuple(_cast_child(one, lives) for one in children))


def _cast_child(one: ChildSpec, lives: Iterator[tuple[Life, ...]]) -> ChildSpec:
    if isinstance(one.start, SupervisorSpec):
        return attrs.evolve(one, start=_cast(one.start, lives))
    if one.kind is not Kind.FUNCTION:
        return one
    return attrs.evolve(one, start=_Role(next(lives)).play, args=())


class _Role:
    def __init__(self, lives: tuple[Life, ...]) -> None:
        self._lives = iter(lives)

    async def play(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        life = next(self._lives, Life())
        if life.delay:
            await trio.sleep(life.delay)
        match life.begins:
            case Beginning.FAILS:
                raise Scripted
            case Beginning.IGNORES:
                raise Ignore
            case Beginning.READY:
                task_status.started()
        asked = None if life.farewell is Farewell.AT_ONCE else stopping()
        with trio.move_on_after(math.inf if life.ends is Ending.STAYS else life.lasts):
            await (trio.Event() if asked is None else asked).wait()
        if asked is not None and asked.is_set():
            await _say_farewell(life.farewell)
        else:
            _end(life.ends)


def _end(ending: Ending) -> None:
    if ending is Ending.CRASHES:
        raise Scripted
    if ending is Ending.SHUTS_DOWN:
        raise Shutdown


async def _say_farewell(farewell: Farewell) -> None:
    if farewell is Farewell.RAISES:
        raise Scripted
    await trio.sleep(0.5 if farewell is Farewell.SLOWLY else 0)
    if farewell is Farewell.STUBBORN:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await trio.sleep_forever()
