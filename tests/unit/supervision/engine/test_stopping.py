"""The decision maker alone: stops, which overtake everything else."""

import pytest

from trio_smith.exits import KILLED, STOPPED
from trio_smith.supervision import ChildCounts, Restart, Strategy, SupervisorSpec, SupervisorStopped
from trio_smith.supervision.engine._actions import CountChildren, Request, RestartChild, StartChild, StopChild

from .fake_shell import A, FakeShell, begun, spec_of


def test_an_idle_supervisor_stops_its_children_in_reverse_and_ends() -> None:
    """Strictly one after another."""
    shell = begun()
    shell.stop(STOPPED)
    assert shell.take() == ["stop c"]
    shell.run_down()
    assert shell.take() == ["stop b", "stop a", "finish stopped"]


def test_a_second_stop_changes_nothing() -> None:
    """The first reason stands."""
    shell = begun()
    shell.stop(STOPPED)
    shell.stop(KILLED)
    shell.run_down()
    assert shell.finish is not None
    assert shell.finish.reason is STOPPED


def test_a_stop_lets_a_stop_in_progress_finish_and_its_requester_is_told_so() -> None:
    """Waiting requests are answered by SupervisorStopped."""
    shell = FakeShell(SupervisorSpec())
    shell.begun(A, spec_of("t", Restart.TEMPORARY))
    served, waiting = shell.ask(StopChild("t")), shell.ask(StopChild("a"))
    shell.take()
    shell.stop(STOPPED)
    assert "stop a" not in shell.rows
    shell.run_down()
    assert served.answers == [None]
    assert isinstance(waiting.answers[0], SupervisorStopped)
    assert [row for row in shell.take() if row.startswith(("stop", "finish"))] == ["stop a", "finish stopped"]


@pytest.mark.parametrize(
    "request_", [StartChild(spec_of("d"), "d"), RestartChild("c")], ids=["start", "restart"]
)
def test_a_stop_overtakes_a_start_by_request(request_: Request) -> None:
    """Also if the child becomes ready in spite of it."""
    for outcome in (FakeShell.fail, FakeShell.ready, FakeShell.ignore):
        shell = begun()
        shell.ask(StopChild("c"))
        shell.stopped()
        asked = shell.ask(request_)
        shell.stop(STOPPED)
        outcome(shell)
        shell.run_down()
        assert isinstance(asked.answers[0], SupervisorStopped)
        assert shell.finish is not None


def test_a_stop_overtakes_a_group_restart_and_its_retries() -> None:
    """Nobody is started any more."""
    shell = begun(Strategy.ONE_FOR_ALL)
    shell.exit("a")
    shell.stop(STOPPED)
    shell.take()
    shell.stopped()
    rows = shell.take()
    assert "stop b" in rows
    assert not any(row.startswith("start") for row in rows)
    shell.run_down()
    assert shell.finish is not None


def test_requests_after_a_stop_are_answered_at_once() -> None:
    """By SupervisorStopped, while it stops and when it has ended."""
    shell = begun()
    shell.stop(STOPPED)
    assert isinstance(shell.ask(CountChildren()).answers[0], SupervisorStopped)


def test_exits_that_arrive_during_the_stop_are_absorbed() -> None:
    """They were coming anyway; nobody is restarted."""
    shell = begun()
    shell.stop(STOPPED)
    shell.exit("a")
    shell.take()
    shell.run_down()
    assert shell.take() == ["stop b", "close a", "finish stopped"]


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_doomed_supervisor_decides_nothing_more_and_loses_nothing(busy: bool) -> None:  # noqa: FBT001
    """A child asked the program to end: until the stop comes from above, nobody is started again."""
    shell = begun(Strategy.ONE_FOR_ALL, max_restarts=9)
    if busy:
        shell.exit("c")
    shell.engine.doom()
    shell.exit("a")
    asked = shell.ask(CountChildren())
    shell.take()
    if busy:
        shell.stopped()
        assert shell.take() == ["close b"]
        assert shell.engine.idle
    shell.stop(STOPPED)
    shell.run_down()
    assert shell.finish is not None
    assert not [row for row in shell.take() if row.startswith("start")]
    assert [type(answer) for answer in asked.answers] == [SupervisorStopped]
    assert all(slot.incarnation == 1 for slot in shell.known)


def test_dooming_a_supervisor_that_stops_changes_nothing() -> None:
    """It decides nothing but its end anyway."""
    shell = begun()
    shell.stop(STOPPED)
    shell.engine.doom()
    shell.run_down()
    assert shell.finish is not None


def test_requests_before_the_beginning_wait_for_it() -> None:
    """A nested supervisor that asks its `children` function is there already."""
    shell = FakeShell(SupervisorSpec())
    asked = shell.ask(CountChildren())
    assert asked.answers == []
    assert not shell.engine.idle
    shell.begin(A)
    shell.ready()
    assert asked.answers == [ChildCounts(specs=1, active=1, supervisors=0, workers=1)]


def test_a_supervisor_that_is_stopped_before_the_beginning_never_begins() -> None:
    """Whoever asked meanwhile is answered."""
    shell = FakeShell(SupervisorSpec())
    asked = shell.ask(CountChildren())
    shell.stop(STOPPED)
    assert isinstance(asked.answers[0], SupervisorStopped)
    assert shell.finish is not None
    shell.begin(A)
    assert shell.states() == {}
