"""The words in which a supervisor is told what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, Literal, TypeAlias

import attrs


class Strategy(Enum):
    """Who is restarted when a child has to be."""

    ONE_FOR_ONE = "one_for_one"
    """That child alone."""
    ONE_FOR_ALL = "one_for_all"
    """All children: the others are stopped in reverse order, then all are started in order."""
    REST_FOR_ONE = "rest_for_one"
    """That child and those after it."""
    DYNAMIC = "dynamic"
    """A pool: one template, instances on demand, each restarted alone."""


class Restart(Enum):
    """When a child that ended by itself is started again."""

    PERMANENT = "permanent"
    """Always."""
    TRANSIENT = "transient"
    """After a crash; after a normal end it stays down, its spec and its place are kept."""
    TEMPORARY = "temporary"
    """Never; it is forgotten."""


PERMANENT, TRANSIENT, TEMPORARY = Restart  # an attribute of an Enum class costs three times as much


class AutoShutdown(Enum):
    """Whether a supervisor stops itself when significant children have ended by themselves."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class Decision(Enum):
    """What a supervisor does about a crash, or about a restart whose start has failed.

    Of several in a group the most severe decision wins. They are listed from the mildest on.
    """

    RESTART = "restart"
    """What the child's restart kind says."""
    STOP = "stop"
    """The child goes down as if it had finished."""
    ESCALATE = "escalate"
    """The supervisor gives up at once."""


Failures: TypeAlias = Mapping[type[BaseException], Decision] | Callable[[BaseException], Decision]
"""How failures are decided upon: by the type of the exception, or by a function that is asked about each."""


def most_severe(decisions: Iterable[Decision]) -> Decision:
    """Return the one that wins over all others; RESTART if there is none."""
    return max(decisions, key=list(Decision).index, default=Decision.RESTART)


class Unlimited(Enum):
    """The name of no limit."""

    UNLIMITED = "unlimited"


UNLIMITED: Final = Unlimited.UNLIMITED
"""As ``max_restarts`` of a supervisor that has a backoff: restart for ever."""

RestartLimit: TypeAlias = int | Literal[Unlimited.UNLIMITED]

NO_LIMIT: Final = math.inf
"""As ``grace``: wait for the child as long as it takes."""

DEFAULT_GRACE: Final = 5.0


@attrs.frozen(kw_only=True)
class Intensity:
    """At most ``max_restarts`` restarts within any ``within`` seconds."""

    max_restarts: int = 3
    within: float = 5.0

    def __attrs_post_init__(self) -> None:
        if type(self.max_restarts) is not int or self.max_restarts < 0:
            raise ValueError(f"max_restarts is {self.max_restarts!r}: give a whole number from 0")
        if type(self.within) not in (int, float) or not self.within > 0:
            raise ValueError(f"within is {self.within!r}: give a number of seconds greater than 0")
