"""The phases of a stop: each has a name and a limit, and none can keep the next from its turn."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from ..errors import say
from ..options import say_duration

_LOG: Final = logging.getLogger("trio_smith.runtime")


@attrs.frozen(kw_only=True)
class Phase:
    """One phase: what it does, and how many seconds it may take."""

    name: str
    within: float
    run: Callable[[], Awaitable[object]]


@attrs.frozen(kw_only=True)
class PhaseOutcome:
    """How one phase went."""

    name: str
    seconds: float
    in_time: bool
    error: Exception | None

    @property
    def well(self) -> bool:
        """Whether it came to its own end."""
        return self.in_time and self.error is None


async def run_phase(phase: Phase) -> PhaseOutcome:
    """Run *phase*; what it raises is logged and told, and its limit cancels it.

    Cancellation: of the phase, as of what it runs.
    """
    began = trio.current_time()
    error: Exception | None = None
    with trio.move_on_after(phase.within) as limit:
        try:
            await phase.run()
        except Exception as raised:  # noqa: BLE001 - the next phase has its turn whatever this one raises
            error = raised
    seconds = trio.current_time() - began
    outcome = PhaseOutcome(name=phase.name, seconds=seconds, in_time=not limit.cancelled_caught, error=error)
    if error is not None:
        _LOG.error("stopping, %s: failed, %s", phase.name, say(error), exc_info=error)
    elif not outcome.in_time:
        _LOG.warning("stopping, %s: not done within %s", phase.name, say_duration(phase.within))
    else:
        _LOG.debug("stopping, %s: done in %.3f s", phase.name, seconds)
    return outcome
