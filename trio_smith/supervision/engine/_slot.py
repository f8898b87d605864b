"""What the engine knows of one child: every fact that it decides upon, and no live object."""

from __future__ import annotations

from enum import Enum

from ...exits import ExitReason
from ...resilience import SlidingWindow
from ..spec import ChildSpec, Restart


class Condition(Enum):
    """Where a child stands, from its supervisor's point of view."""

    DOWN = "down"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    """A restart is due: its start has failed, or it waits for a backoff."""
    QUARANTINED = "quarantined"

    def __init__(self, word: str) -> None:
        self.is_up = word not in ("down", "quarantined")
        """Whether it has a Trio task, or will have one without being asked."""


# Module globals: an attribute of an Enum class costs three times as much.
DOWN, STARTING, RUNNING, STOPPING, RESTARTING, QUARANTINED = Condition


class Slot:
    """A child's place: kept over restarts, gone when the child is forgotten."""

    __slots__ = (
        "attempts",
        "condition",
        "exit",
        "held",
        "id",
        "incarnation",
        "ready_at",
        "restart",
        "spec",
        "window",
    )

    def __init__(self, spec: ChildSpec, name: str, restart: Restart) -> None:
        self.spec, self.id, self.restart = spec, name, restart
        self.incarnation = 0
        self.condition = DOWN
        # An end that has arrived and was not handled yet: a sibling that died by itself is not stopped again.
        self.exit: ExitReason | None = None
        # Down only because a group restart failed before its turn: not for good.
        self.held = False
        self.attempts = 0  # restarts since its last healthy spell, where there is a backoff
        self.ready_at: float | None = None
        self.window: SlidingWindow | None = None  # of its own intensity

    @property
    def significant(self) -> bool:
        """Tell whether it takes part in the automatic shutdown."""
        return self.spec.significant
