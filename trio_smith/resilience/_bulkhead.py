"""A bulkhead: so many at once, and the others wait or go."""

from __future__ import annotations

import math
from types import TracebackType
from typing import NoReturn, Self

import attrs
import trio
from trio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled, enable_ki_protection

from . import _options as check
from ._errors import BulkheadFull
from ._guard import Guard
from ._run import Run


@attrs.frozen(kw_only=True)
class BulkheadStatistics:
    """The numbers of a bulkhead since the run of Trio began."""

    inside: int
    """Places that are taken."""
    waiting: int
    """Calls that wait for a place."""
    admitted: int
    refused: int


@attrs.define(eq=False, on_setattr=attrs.setters.frozen)
class Bulkhead(Guard):
    """At most *limit* calls at once; one that floods fills its own compartment and not the whole ship.

    ``async with bulkhead:`` or ``@bulkhead``. At most *waiting* more wait for a place, each at most
    *max_wait* seconds, first come, first served; all others get `BulkheadFull`. *name* stands in errors.

    It is a `trio.CapacityLimiter` with a bound on its queue, and like one it belongs to tasks: a Trio task
    that is inside already gets RuntimeError, because it could wait for itself. Each ``trio.run`` begins with
    all places free.

    Raises:
        ValueError: An option is out of its bounds; the text names it.
    """

    limit: int = attrs.field(validator=check.count(1))
    waiting: int = attrs.field(default=1024, validator=check.count(0), kw_only=True)
    max_wait: float = attrs.field(default=math.inf, validator=check.patience, kw_only=True)
    name: str = attrs.field(default="the bulkhead", kw_only=True)

    _run: Run = attrs.field(factory=Run, init=False)
    _places: trio.CapacityLimiter = attrs.field(init=False, on_setattr=attrs.setters.NO_OP)
    _admitted: int = attrs.field(default=0, init=False, on_setattr=attrs.setters.NO_OP)
    _refused: int = attrs.field(default=0, init=False, on_setattr=attrs.setters.NO_OP)

    def __attrs_post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._places = trio.CapacityLimiter(self.limit)
        self._admitted = self._refused = 0

    def statistics(self) -> BulkheadStatistics:
        """Return the numbers of this moment."""
        return BulkheadStatistics(
            inside=self._places.borrowed_tokens,
            waiting=self._places.statistics().tasks_waiting,
            admitted=self._admitted,
            refused=self._refused,
        )

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        """Take a place, waiting for one if need be.

        Raises:
            BulkheadFull: Too many wait already, or no place became free in time.

        Cancellation: a full checkpoint; atomic: when cancelled, no place is held.
        """
        await checkpoint_if_cancelled()
        if self._run.is_new():
            self._begin()
        try:
            self._places.acquire_nowait()
        except trio.WouldBlock:
            await self._wait()
        else:
            await cancel_shielded_checkpoint()
        self._admitted += 1
        return self

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.release()

    async def _wait(self) -> None:
        if not self.max_wait or self._places.statistics().tasks_waiting >= self.waiting:
            # A loop that does nothing but call again must not stop the whole program.
            await cancel_shielded_checkpoint()
            self._refuse(f"all places ({self.limit}) are taken, and no more may wait")
        with trio.move_on_after(self.max_wait):
            await self._places.acquire()
            return
        self._refuse(f"no place became free within {self.max_wait:g} s")

    def _refuse(self, why: str) -> NoReturn:
        self._refused += 1
        raise BulkheadFull(bulkhead=self.name, why=why)
