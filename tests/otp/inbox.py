"""What a supervisor of the model keeps: its children's places, and its mail."""

from enum import Enum, auto

import attrs

from tests.otp.scenario import Node, Restart, Verb
from tests.otp.stage import Player, Task


class Mark(Enum):
    """What stands in the place of a child's task when there is none; the value is the `tree` row's sign."""

    DOWN = "-"
    RESTARTING = "~"


@attrs.define(eq=False)
class Slot:
    """A child in its supervisor's order."""

    node: Node
    restart: Restart
    significant: bool
    place: Task | Player | Mark = Mark.DOWN


@attrs.frozen
class Exit:
    """Mail: a child has ended by itself."""

    task: Task | Player
    normal: bool


@attrs.frozen
class Retry:
    """Mail to oneself: try that start again."""

    id: str


@attrs.frozen
class Asked:
    """Mail: the request of step *number*; *seen* is the task that *id* meant when it was sent."""

    number: int
    verb: Verb
    id: str
    seen: Task | Player | None


class Order(Enum):
    """Mail from above."""

    STOP = auto()


class Phase(Enum):
    """What a supervisor is at."""

    STARTING = auto()
    IDLE = auto()
    BUSY = auto()
    ENDING = auto()


class Verdict(Enum):
    """Why a supervisor ends; the value is the row's word."""

    STOPPED = "stopped"
    GAVE_UP = "gave-up"
    AUTO_SHUTDOWN = "auto-shutdown"


Mail = Exit | Retry | Asked | Order
