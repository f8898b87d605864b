# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of ``failures=``: a mapping of exception classes, or a function of an exception.

A marked line is one that both checkers must refuse: mypy by the code in the mark, pyright in any way.
"""

from __future__ import annotations

from typing import ClassVar, assert_type

import trio_smith as smith
from trio_smith import Decision, ErrorFamily, Recovery, Severity, Taxonomy


def decide(error: BaseException) -> Decision:
    return Decision.STOP if isinstance(error, OSError) else Decision.RESTART


def only_of_values(error: ValueError) -> Decision:
    return Decision.STOP


def forgets(error: BaseException) -> Decision | None:
    return None


async def later(error: BaseException) -> Decision:
    return Decision.STOP


def a_mapping_or_a_function_decides() -> None:
    smith.open_supervisor(failures={OSError: Decision.STOP, KeyError: Decision.ESCALATE})
    smith.open_supervisor(failures=decide)
    smith.open_supervisor(failures=lambda error: Decision.STOP if error.args else Decision.RESTART)
    smith.SupervisorSpec(failures=decide)
    smith.SupervisorSpec(failures={BaseException: Decision.RESTART})


def a_function_must_take_any_exception_and_always_decide() -> None:
    smith.open_supervisor(failures=only_of_values)  # type: ignore[arg-type]
    smith.open_supervisor(failures=forgets)  # type: ignore[arg-type]
    smith.open_supervisor(failures=later)  # type: ignore[arg-type]
    smith.open_supervisor(failures={int: Decision.STOP})  # type: ignore[dict-item]
    smith.SupervisorSpec(failures=Decision.STOP)  # type: ignore[arg-type]


class Rejected(Exception):
    family: ClassVar[ErrorFamily] = ErrorFamily.TOOL


class Declined(smith.FailureError):
    family = ErrorFamily.TOOL


def a_taxonomy_decides() -> None:
    row = Recovery(severity=Severity.HIGH, decision=Decision.STOP)
    taxonomy = Taxonomy(types={OSError: ErrorFamily.PERSISTENCE}, recoveries={ErrorFamily.TOOL: row})
    smith.open_supervisor(failures=taxonomy)
    smith.SupervisorSpec(failures=Taxonomy())
    assert_type(taxonomy.family_of(KeyError()), ErrorFamily)
    assert_type(taxonomy.recovery_of(KeyError()), Recovery)
    assert_type(taxonomy(KeyError()), Decision)
    assert_type(taxonomy.retry(ErrorFamily.NETWORK), smith.Retry)
    smith.CircuitBreaker(on=taxonomy.only(ErrorFamily.NETWORK))


def its_tables_are_checked() -> None:
    smith.open_supervisor(failures=Taxonomy)  # type: ignore[arg-type]
    Taxonomy(types={int: ErrorFamily.TOOL})  # type: ignore[dict-item]
    Taxonomy(types={OSError: "network"})  # type: ignore[dict-item]
    Taxonomy(recoveries={ErrorFamily.TOOL: Decision.STOP})  # type: ignore[dict-item]
    Recovery(severity=3)  # type: ignore[arg-type]
    smith.RECOVERIES[ErrorFamily.TOOL] = Recovery(severity=Severity.LOW)  # type: ignore[index]
