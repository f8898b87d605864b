"""What the engine tells its shell to do, and what a caller may ask of the engine: plain values.

Nothing changes an action, but it is not frozen: to make a frozen one costs three times as much.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

from ...exits import ExitReason
from ..spec import ChildSpec
from ._slot import Slot

# Actions -----------------------------------------------------------------------------------


@attrs.define
class Start:
    """Start the child; the engine waits for `Engine.started`, `ignored` or `start_failed`."""

    slot: Slot


@attrs.define
class CancelStart:
    """Cancel the start in progress; its outcome is still reported."""

    slot: Slot


@attrs.define
class Stop:
    """Stop the child within its grace; the engine waits for `Engine.exited`. Final: it stays down."""

    slot: Slot
    final: bool
    drain: float = 0.0
    """Seconds for the messages that wait, if it is an actor, before its grace begins."""


@attrs.define
class StopTogether:
    """Stop all these children at once, with one common deadline; the engine waits for every exit."""

    slots: tuple[Slot, ...]
    drain: float = 0.0


@attrs.define
class Close:
    """The child, which has no task, is down for good: nobody need wait for it."""

    slot: Slot


@attrs.define
class Wait:
    """Call `Engine.resume` with the slot and its incarnation in ``delay`` seconds."""

    slot: Slot
    delay: float


@attrs.define
class Scheduled:
    """A restart was decided, after the end of ``incarnation``; for the observers."""

    slot: Slot
    delay: float
    restarts: int
    incarnation: int


@attrs.define
class Quarantined:
    """A child was set aside; for the observers."""

    slot: Slot
    restarts: int


@attrs.define
class Abandoned:
    """The supervisor gives up because of this child; for the observers."""

    slot: Slot
    restarts: int


@attrs.define
class Reply:
    """Answer a request with a value or an error."""

    pending: Any
    value: object = None
    error: Exception | None = None


@attrs.define
class Ready:
    """All children that the supervisor starts with have been started."""


@attrs.define
class Finish:
    """All children have ended, and so has the supervisor: by ``error`` if its own start failed."""

    reason: ExitReason
    error: BaseException | None = None


Action: TypeAlias = (
    Start
    | CancelStart
    | Stop
    | StopTogether
    | Close
    | Wait
    | Scheduled
    | Quarantined
    | Abandoned
    | Reply
    | Ready
    | Finish
)

# Requests ----------------------------------------------------------------------------------


@attrs.frozen
class StartChild:
    """Start a child by request, under a new name if it has none; the answer is its `Slot`."""

    spec: ChildSpec
    name: str | None


@attrs.frozen
class StopChild:
    """Stop a child, named or (in a pool) by its slot."""

    child: str | Slot
    drain: float | None = None
    """Instead of the one in the child's spec."""


@attrs.frozen
class RestartChild:
    """Start a child that is down; the answer is its `Slot`."""

    child: str


@attrs.frozen
class ReleaseChild:
    """Start a child that is in quarantine; the answer is its `Slot`."""

    child: str


@attrs.frozen
class DeleteChild:
    """Forget a child that is down."""

    child: str


@attrs.frozen
class CountChildren:
    """Count children; the answer is a `ChildCounts`."""


Request: TypeAlias = StartChild | StopChild | RestartChild | ReleaseChild | DeleteChild | CountChildren


@attrs.frozen(kw_only=True)
class ChildCounts:
    """How many children a supervisor has: specs known, tasks living, and specs by kind (living or not)."""

    specs: int
    active: int
    supervisors: int
    workers: int
