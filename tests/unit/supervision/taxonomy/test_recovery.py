"""The table of recoveries is the specification's, row by row."""

import math
from typing import Any

import pytest

from trio_smith.errors import ErrorFamily
from trio_smith.supervision import RECOVERIES, Decision, Recovery, Severity

# Family, severity, what is done where it happens (retries, seconds, breaker), what the supervisor does.
# The specification has "fail over" for persistence and "reload" for configuration; decision 0011 says what
# stands for them.
SPECIFICATION = [
    ("runtime", "critical", (0, None, False), "restart"),
    ("supervision", "high", (0, None, False), "escalate"),
    ("persistence", "high", (0, None, False), "escalate"),
    ("configuration", "medium", (0, None, False), "stop"),
    ("resource", "medium", (3, 1.0, False), "restart"),
    ("actor", "medium", (1, 0.1, False), "restart"),
    ("stream", "medium", (1, 0.1, False), "restart"),
    ("network", "low", (0, None, True), "restart"),
    ("task", "low", (1, 0.1, False), "restart"),
    ("event", "low", (1, 0.1, False), "restart"),
    ("tool", "low", (1, 0.1, False), "restart"),
]


@pytest.mark.parametrize(
    ("family", "severity", "inside", "decision"), SPECIFICATION, ids=[row[0] for row in SPECIFICATION]
)
def test_a_row_is_as_the_specification_has_it(
    family: str, severity: str, inside: tuple[int, float | None, bool], decision: str
) -> None:
    """Supervisors and guards read this table alone."""
    row = RECOVERIES[ErrorFamily(family)]
    assert row.severity is Severity[severity.upper()]
    assert (row.retries, row.delay if row.retries else None, row.breaker) == inside
    assert row.decision is Decision(decision)


def test_every_family_has_its_row_and_its_place_in_the_specification() -> None:
    """In the same order, so that both can be read side by side."""
    assert list(RECOVERIES) == list(ErrorFamily)
    assert [family.value for family in RECOVERIES] == [row[0] for row in SPECIFICATION]


def test_severities_are_ordered() -> None:
    """Of a group the most severe one counts."""
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL


def test_nobody_changes_the_table_for_others() -> None:
    """Who wants another row makes a taxonomy with it."""
    table: Any = RECOVERIES
    with pytest.raises(TypeError):
        table[ErrorFamily.TASK] = Recovery(severity=Severity.HIGH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "low"),
        ("severity", 1),
        ("decision", "stop"),
        ("decision", None),
        ("retries", -1),
        ("retries", 1.0),
        ("retries", True),
        ("delay", 0),
        ("delay", math.inf),
        ("delay", math.nan),
        ("delay", "1"),
        ("breaker", 1),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(field: str, value: Any) -> None:
    """When the row is made, not when the first failure comes."""
    options: dict[str, Any] = {"severity": Severity.LOW, field: value}
    with pytest.raises(ValueError, match=rf"^{field} is {value!r}: give "):
        Recovery(**options)
