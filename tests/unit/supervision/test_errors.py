"""Each error says what, why and how to mend it, keeps its facts, and survives a copy."""

import copy
import pickle

import pytest

from trio_smith.errors import FailureError, MisuseError, SmithError
from trio_smith.supervision import (
    AlreadyPresent,
    AlreadyStarted,
    ChildError,
    ChildNotFound,
    ChildRestarting,
    ChildRunning,
    EndedBeforeReady,
    Escalated,
    InvalidSpec,
    NotAnActor,
    NotQuarantined,
    PoolFull,
    PoolHasNoIds,
    RestartIntensityExceeded,
    SelfRequest,
    StartCancelled,
    StartFailed,
    StartTimeout,
    SupervisorStopped,
)

CAUSE = ValueError("cause")
MISUSE: list[MisuseError] = [
    InvalidSpec(path=("a", "b"), field="grace", why="no"),
    InvalidSpec(path=(), field="grace", why="no"),
    SelfRequest(child="a", request="stop"),
    AlreadyStarted(child="a"),
    AlreadyPresent(child="a"),
    ChildNotFound(child="a"),
    ChildRunning(child="a"),
    ChildRestarting(child="a"),
    NotQuarantined(child="a"),
    PoolHasNoIds(child="a"),
    NotAnActor(child="a", wanted="B"),
]
FAILURES: list[FailureError] = [
    StartFailed(path=("a", "b"), cause=CAUSE),
    StartTimeout(child="a", seconds=2.0),
    EndedBeforeReady(child="a"),
    StartCancelled(child="a"),
    SupervisorStopped(supervisor="a"),
    PoolFull(pool="a", max_children=3),
    RestartIntensityExceeded(supervisor="s", child="a", restarts=4, within=5.0, failures=(CAUSE,)),
    Escalated(supervisor="s", child="a", failure=CAUSE),
]


@pytest.mark.parametrize("error", [*MISUSE, *FAILURES], ids=lambda error: type(error).__name__)
def test_an_error_reads_what_why_and_how_to_mend_it(error: SmithError) -> None:
    """In one line, with a fix of its own."""
    assert str(error) == f"{error.what}: {error.why}. {error.fix}"
    assert error.fix not in (SmithError.fix, ChildError.fix)
    assert "\n" not in str(error)


@pytest.mark.parametrize("error", [*MISUSE, *FAILURES], ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_facts_in_a_copy(error: SmithError) -> None:
    """They are fields, not text to parse."""
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert {name for name in vars(other) if name != "__notes__"} == set(vars(error))


def test_errors_are_also_of_the_kinds_that_python_knows() -> None:
    """So that code which knows nothing of us can catch them."""
    assert issubclass(InvalidSpec, ValueError)
    assert issubclass(ChildNotFound, LookupError)
    assert issubclass(NotAnActor, TypeError)
    assert issubclass(StartTimeout, TimeoutError)
    assert issubclass(ChildError, RuntimeError)
    assert issubclass(SelfRequest, RuntimeError)


def test_the_causes_are_attached() -> None:
    """A start has its cause, a give-up the group of its last failures, an escalation the failure."""
    assert StartFailed(path=("a",), cause=CAUSE).__cause__ is CAUSE
    assert Escalated(supervisor="s", child="a", failure=CAUSE).__cause__ is CAUSE
    exceeded = RestartIntensityExceeded(supervisor="s", child="a", restarts=1, within=5.0, failures=(CAUSE,))
    assert exceeded.failures is not None
    assert exceeded.failures.exceptions == (CAUSE,)
    assert exceeded.__cause__ is exceeded.failures


def test_a_give_up_over_normal_ends_has_no_failures() -> None:
    """A permanent child that returns too often has not failed."""
    exceeded = RestartIntensityExceeded(supervisor="s", child="a", restarts=4, within=5.0)
    assert exceeded.failures is None
    assert exceeded.__cause__ is None
    assert "4 restarts were needed within 5 s, and 3 are allowed." in str(exceeded)


def test_a_give_up_with_a_backoff_speaks_of_the_healthy_spell() -> None:
    """No window plays a part there."""
    exceeded = RestartIntensityExceeded(supervisor="s", child="a", restarts=4, within=float("inf"))
    assert "without a healthy spell" in str(exceeded)


def test_an_invalid_spec_without_a_path_is_the_supervisors_own() -> None:
    """The outermost one has no name."""
    assert str(InvalidSpec(path=(), field="within", why="no")).startswith("within of the supervisor")
    assert str(InvalidSpec(path=("a", "b"), field="within", why="no")).startswith("within of a/b")
