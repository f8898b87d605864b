"""The decision maker alone: requests, in turn with exits, answered once."""

import pytest

from trio_smith.supervision import (
    AlreadyPresent,
    AlreadyStarted,
    ChildCounts,
    ChildNotFound,
    ChildRunning,
    ChildSpec,
    NotQuarantined,
    Restart,
    StartFailed,
    SupervisorSpec,
)
from trio_smith.supervision.engine._actions import (
    CountChildren,
    DeleteChild,
    ReleaseChild,
    Request,
    RestartChild,
    StartChild,
    StopChild,
)

from .fake_shell import A, B, FakeShell, begun, spec_of


def test_a_new_child_goes_to_the_end_of_the_order() -> None:
    """Also one of a name that was deleted."""
    shell = begun()
    shell.ask(StopChild("a"))
    shell.stopped()
    shell.ask(DeleteChild("a"))
    asked = shell.ask(StartChild(A, "a"))
    assert asked.answers == []
    shell.ready()
    assert asked.answers == [shell.slot("a")]
    assert list(shell.states()) == ["b", "c", "a"]


def test_a_failing_start_by_request_is_answered_by_its_error_and_forgotten() -> None:
    """Its spec is not kept."""
    shell = begun()
    asked = shell.ask(StartChild(spec_of("d"), "d"))
    shell.fail()
    assert isinstance(asked.answers[0], StartFailed)
    assert "d" not in shell.states()


def test_an_ignored_start_by_request_keeps_the_spec_unless_temporary() -> None:
    """The answer is the record in both cases."""
    shell = begun()
    kept = shell.ask(StartChild(spec_of("d"), "d"))
    shell.ignore()
    gone = shell.ask(StartChild(spec_of("t", Restart.TEMPORARY), "t"))
    shell.ignore()
    assert len(kept.answers) == len(gone.answers) == 1
    assert "d" in shell.states()
    assert "t" not in shell.states()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (StartChild(A, "a"), AlreadyStarted),
        (StartChild(B, "b"), AlreadyPresent),
        (RestartChild("a"), ChildRunning),
        (RestartChild("x"), ChildNotFound),
        (DeleteChild("a"), ChildRunning),
        (DeleteChild("x"), ChildNotFound),
        (StopChild("x"), ChildNotFound),
        (ReleaseChild("a"), NotQuarantined),
        (ReleaseChild("b"), NotQuarantined),
        (ReleaseChild("x"), ChildNotFound),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, type) else value.__name__,
)
def test_a_request_that_does_not_fit_is_refused(request_: Request, error: type[Exception]) -> None:
    """A runs, b is down, x is nobody. Nothing happens besides."""
    shell = begun()
    shell.ask(StopChild("b"))
    shell.stopped()
    shell.take()
    assert type(shell.ask(request_).answers[0]) is error
    assert shell.take() == [f"reply {error.__name__}"]
    assert shell.states() == {"a": "running", "b": "down", "c": "running"}


def test_stopping_a_child_that_is_down_is_fine() -> None:
    """Nothing is left to do."""
    shell = begun()
    shell.ask(StopChild("a"))
    shell.stopped()
    assert shell.ask(StopChild("a")).answers == [None]


def test_a_failing_restart_by_request_stays_down_without_a_retry() -> None:
    """Section 9; not counted."""
    shell = begun()
    shell.ask(StopChild("a"))
    shell.stopped()
    asked = shell.ask(RestartChild("a"))
    shell.fail()
    assert isinstance(asked.answers[0], StartFailed)
    assert shell.states()["a"] == "down"
    assert shell.engine.idle
    assert shell.slot("a") in shell.closed


def test_an_ignored_restart_by_request_is_down_and_answered() -> None:
    """It counts as started."""
    shell = begun()
    shell.ask(StopChild("a"))
    shell.stopped()
    asked = shell.ask(RestartChild("a"))
    shell.ignore()
    assert asked.answers == [shell.slot("a")]
    assert shell.states()["a"] == "down"


def test_a_stopped_temporary_child_is_forgotten() -> None:
    """Spec and place are kept unless temporary."""
    shell = FakeShell(SupervisorSpec())
    shell.begun(spec_of("t", Restart.TEMPORARY))
    shell.ask(StopChild("t"))
    shell.stopped()
    assert shell.states() == {}


def test_counts_are_of_specs_and_of_living_tasks() -> None:
    """A child whose death waits to be handled is not living."""
    shell = FakeShell(SupervisorSpec())
    nested = ChildSpec(start=SupervisorSpec(), name="n")
    shell.begun(A, B, nested)
    shell.exit("b")  # restarting it keeps the engine busy
    asked = shell.ask(CountChildren())
    shell.exit("a")
    shell.ready()
    assert asked.answers == [ChildCounts(specs=3, active=2, supervisors=1, workers=2)]


def test_requests_are_served_in_turn_with_exits() -> None:
    """In order of arrival, whatever they are."""
    shell = begun(max_restarts=9)
    shell.exit("a")
    shell.ask(StopChild("b"))
    shell.exit("c")
    shell.ask(CountChildren())
    shell.take()
    shell.ready()
    assert shell.take() == ["stop b"]
    shell.stopped()
    assert shell.take() == ["reply ok", "again c 2", "start c"]
    shell.ready()
    assert shell.take() == ["reply ok"]


def test_a_waiting_request_can_be_withdrawn_and_a_begun_one_not() -> None:
    """Section 9."""
    shell = begun()
    begun_ = shell.ask(StopChild("a"))
    waiting = shell.ask(StopChild("b"))
    assert not shell.withdraw(begun_)
    assert shell.withdraw(waiting)
    shell.stopped()
    assert shell.states() == {"a": "down", "b": "running", "c": "running"}
    assert begun_.answers == [None]
    assert waiting.answers == []


def test_a_request_nobody_knows_is_a_bug_of_ours() -> None:
    """An AssertionError, never a SmithError."""
    shell = begun()
    with pytest.raises(AssertionError, match="no such request"):
        shell.ask("nonsense")  # type: ignore[arg-type]
