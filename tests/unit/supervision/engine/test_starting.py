"""The decision maker alone: the first starts."""

from trio_smith.exits import KILLED, ShutDown
from trio_smith.supervision import Restart, StartFailed, SupervisorSpec

from .fake_shell import CRASH, A, B, C, FakeShell, spec_of


def test_children_start_one_after_the_other_in_order() -> None:
    """The next begins when the former has reported ready."""
    shell = FakeShell(SupervisorSpec())
    shell.begin(A, B, C)
    assert shell.take() == ["start a"]
    shell.ready()
    assert shell.take() == ["start b"]
    shell.ready()
    shell.ready()
    assert shell.take() == ["start c", "ready"]
    assert shell.engine.idle


def test_a_supervisor_without_children_is_ready_at_once() -> None:
    """There is nothing to wait for."""
    shell = FakeShell(SupervisorSpec())
    shell.begin()
    assert shell.take() == ["ready"]
    assert shell.engine.alive == 0


def test_a_failed_first_start_stops_those_before_in_reverse_and_never_tries_those_after() -> None:
    """Section 3; nothing is counted and nothing is restarted."""
    shell = FakeShell(SupervisorSpec())
    shell.begin(A, B, C, spec_of("d"))
    shell.ready()
    shell.ready()
    shell.take()
    shell.fail()
    shell.stopped()
    shell.stopped()
    assert [row for row in shell.take() if row.startswith("st")] == ["stop b", "stop a"]
    assert shell.finish is not None
    error = shell.finish.error
    assert isinstance(error, StartFailed)
    assert error.path == ("c",)
    assert error.__cause__ is CRASH
    assert shell.finish.reason == ShutDown(error)
    assert shell.engine.restarts_in_window(0.0) == 0


def test_an_ignored_child_counts_as_started_and_keeps_its_spec_unless_temporary() -> None:
    """Section 3."""
    shell = FakeShell(SupervisorSpec())
    shell.begin(A, spec_of("t", Restart.TEMPORARY), C)
    shell.ignore()
    shell.ignore()
    shell.ready()
    assert shell.take() == ["start a", "close a", "start t", "close t", "start c", "ready"]
    assert shell.states() == {"a": "down", "c": "running"}


def test_a_stop_cancels_the_start_in_progress() -> None:
    """It overtakes; the outcome of the start is still waited for, then the others stop in reverse."""
    shell = FakeShell(SupervisorSpec())
    shell.begin(A, B, C)
    shell.ready()
    shell.stop(KILLED)
    assert shell.take()[-1] == "cancel b"
    assert not shell.engine.idle
    shell.fail()
    shell.stopped()
    assert "stop a" in shell.take()
    assert shell.finish is not None
    assert shell.finish.reason is KILLED
    assert shell.finish.error is None
    assert not shell.is_ready


def test_a_start_that_succeeds_although_it_was_cancelled_is_stopped_like_the_others() -> None:
    """A child may become ready in spite of the cancellation."""
    shell = FakeShell(SupervisorSpec())
    shell.begin(A, B)
    shell.ready()
    shell.stop()
    shell.take()
    shell.ready()
    assert shell.take() == ["stop b"]
    shell.stopped()
    shell.stopped()
    assert shell.take() == ["stop a", "finish killed"]
