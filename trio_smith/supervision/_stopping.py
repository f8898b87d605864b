"""How a plain async function hears that it should stop."""

from __future__ import annotations

import trio

from ..actor import NoActorContext
from ..actor._host import CURRENT
from ._runner import Runner


def stopping() -> trio.Event:
    """Return the event that is set when the surrounding child is asked to stop.

    Taking it opts in to a soft stop: the child is no longer cancelled at once, but has its grace to
    end by itself. Each incarnation has its own event.

    Raises:
        NoActorContext: No child of a supervisor surrounds this call.
    """
    host = CURRENT.get(None)
    if not isinstance(host, Runner):
        raise NoActorContext(wanted="child that could be stopped")
    if host.soft is None:
        host.soft = trio.Event()
        if host.stop_at is not None:
            host.soft.set()
    return host.soft
