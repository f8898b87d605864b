"""How a plain async function hears that it should stop."""

from __future__ import annotations

import trio
from trio.lowlevel import in_trio_task

from ..actor import NoActorContext
from ._surrounding import surrounding


def stopping() -> trio.Event:
    """Return the event that is set when the surrounding child is asked to stop.

    Taking it opts in to a soft stop: the child is no longer cancelled at once, but has its grace to
    end by itself. Each incarnation has its own event.

    Raises:
        NoActorContext: The running task lives in no child of a supervisor.
    """
    host = surrounding() if in_trio_task() else None
    if host is None:
        raise NoActorContext(wanted="child that could be stopped")
    if host.soft is None:
        host.soft = trio.Event()
        if host.stop_at is not None:
            host.soft.set()
    return host.soft
