"""What happens to supervisors and children, as frozen events, one class each.

A synchronous observer gets them in exactly the order in which the things happen, so two
supervision trees can be compared event for event. ``path`` leads from the root supervisor
(whose own path is empty) to the thing that the event is about; ``id`` is its last part.
"""

from __future__ import annotations

import attrs

from ..exits import ExitReason


@attrs.frozen(kw_only=True)
class SupervisionEvent:
    """Something happened to the child or supervisor ``id`` at ``path``, in its ``incarnation`` (from 1)."""

    path: tuple[str, ...]
    id: str
    incarnation: int


@attrs.frozen(kw_only=True)
class SupervisorStarting(SupervisionEvent):
    """A supervisor begins, before it asks for its children. Its `SupervisorEnded` follows in any case."""


@attrs.frozen(kw_only=True)
class SupervisorEnded(SupervisionEvent):
    """A supervisor has ended and so have all its children; its parent has not acted yet."""

    reason: ExitReason


@attrs.frozen(kw_only=True)
class ChildStarted(SupervisionEvent):
    """A child (a nested supervisor too) is ready."""


@attrs.frozen(kw_only=True)
class ChildIgnored(SupervisionEvent):
    """A child raised `Ignore` before it was ready: it counts as started and has no task."""


@attrs.frozen(kw_only=True)
class ChildStartFailed(SupervisionEvent):
    """A start attempt failed before the child was ready."""

    error: BaseException


@attrs.frozen(kw_only=True)
class ChildEnded(SupervisionEvent):
    """A child's incarnation has ended; its supervisor has done nothing about it yet."""

    reason: ExitReason


@attrs.frozen(kw_only=True)
class RestartScheduled(SupervisionEvent):
    """A restart of a child whose ``incarnation`` has ended was decided, after ``delay`` seconds (0: at once).

    ``restarts`` counts this one and those before it that the intensity still remembers.
    """

    delay: float
    restarts: int


@attrs.frozen(kw_only=True)
class GaveUp(SupervisionEvent):
    """A supervisor gave up because of its child ``child``; it stops the others next."""

    child: str
    restarts: int


@attrs.frozen(kw_only=True)
class ChildQuarantined(SupervisionEvent):
    """A child exceeded its own intensity and was set aside until somebody releases it."""

    restarts: int


@attrs.frozen(kw_only=True)
class ChildStuck(SupervisionEvent):
    """A child has not ended although it was cancelled ``waited`` seconds ago; it is waited for.

    ``await_point`` is where it waits: one "file:line in function" a frame, outermost first.
    """

    waited: float
    await_point: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StopRaised(SupervisionEvent):
    """A child raised while it was being stopped, or a lifespan raised on its exit: reported only."""

    error: BaseException


@attrs.frozen(kw_only=True)
class AnswerDropped(SupervisionEvent):
    """A declared error had no asker to go to: the request had been told, or its asker had left."""

    message: object
    error: BaseException


@attrs.frozen(kw_only=True)
class SubscriberLagged(SupervisionEvent):
    """An actor had no room for a message of ``pattern``; its subscription, with policy refuse, has ended."""

    pattern: str
