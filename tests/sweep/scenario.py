"""A scenario of the sweep, and how it is swept."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import attrs

from trio_smith.testing import Mode, Stage, SweepReport, sweep


@attrs.frozen(kw_only=True)
class Scenario:
    """What is played, and what may come out of it."""

    play: Callable[[Stage], Awaitable[object]]
    within: float = math.inf
    """Virtual seconds from the strike to the end: at most the graces of all that has to be stopped."""
    allowed: tuple[type[BaseException], ...] = ()
    least: int = 0
    """Points that it must have: a scenario that ends at once would hold, and say nothing."""

    @property
    def name(self) -> str:
        """The name of what is played."""
        return self.play.__name__

    def sweep(
        self,
        *,
        seed: int = 0,
        modes: tuple[Mode, ...] = tuple(Mode),
        max_points: int | None = None,
        only: str | None = None,
    ) -> SweepReport:
        """Strike at every point of it."""
        return sweep(
            self.play,
            seed=seed,
            modes=modes,
            within=self.within,
            allowed=self.allowed,
            max_points=max_points,
            only=only,
        )
