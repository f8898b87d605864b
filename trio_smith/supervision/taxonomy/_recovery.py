"""The one table of recoveries: what is done about an error of each family."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

import attrs

from ...errors import ErrorFamily
from ..spec import Decision


class Severity(IntEnum):
    """How bad an error is; ``Severity.CRITICAL > Severity.LOW``."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@attrs.frozen(kw_only=True)
class Recovery:
    """What is done about one family of errors: first where it happens, then by the supervisor.

    ``retries`` are worth making where it happens, each after ``delay`` seconds; or its calls are worth a
    `CircuitBreaker` (``breaker``). What comes out of the child all the same is decided upon by its
    supervisor: ``decision``.

    Raises:
        ValueError: A value cannot be; the text names it.
    """

    severity: Severity
    decision: Decision = Decision.RESTART
    retries: int = 0
    delay: float = 0.1
    breaker: bool = False

    def __attrs_post_init__(self) -> None:
        if type(self.severity) is not Severity:
            raise ValueError(f"severity is {self.severity!r}: give a member of smith.Severity")
        if type(self.decision) is not Decision:
            raise ValueError(f"decision is {self.decision!r}: give a member of smith.Decision")
        if type(self.retries) is not int or self.retries < 0:
            raise ValueError(f"retries is {self.retries!r}: give a whole number from 0")
        if type(self.delay) not in (int, float) or not 0 < self.delay < math.inf:
            raise ValueError(f"delay is {self.delay!r}: give a finite number of seconds greater than 0")
        if type(self.breaker) is not bool:
            raise ValueError(f"breaker is {self.breaker!r}: give True or False")


# Two rows of the specification name what one node does not have. Its "fail over" needs another store, and
# whoever chose this one sits above the supervisor: escalate. Its "reload" needs other settings, and a restart
# would read the same ones: stop the child, until somebody has loaded others and restarts it.
RECOVERIES: Final[Mapping[ErrorFamily, Recovery]] = MappingProxyType(
    {
        ErrorFamily.RUNTIME: Recovery(severity=Severity.CRITICAL),
        ErrorFamily.SUPERVISION: Recovery(severity=Severity.HIGH, decision=Decision.ESCALATE),
        ErrorFamily.PERSISTENCE: Recovery(severity=Severity.HIGH, decision=Decision.ESCALATE),
        ErrorFamily.CONFIGURATION: Recovery(severity=Severity.MEDIUM, decision=Decision.STOP),
        ErrorFamily.RESOURCE: Recovery(severity=Severity.MEDIUM, retries=3, delay=1.0),
        ErrorFamily.ACTOR: Recovery(severity=Severity.MEDIUM, retries=1),
        ErrorFamily.STREAM: Recovery(severity=Severity.MEDIUM, retries=1),
        ErrorFamily.NETWORK: Recovery(severity=Severity.LOW, breaker=True),
        ErrorFamily.TASK: Recovery(severity=Severity.LOW, retries=1),
        ErrorFamily.EVENT: Recovery(severity=Severity.LOW, retries=1),
        ErrorFamily.TOOL: Recovery(severity=Severity.LOW, retries=1),
    }
)
"""The recovery of each family, as the specification has it; a `Taxonomy` may replace rows."""
