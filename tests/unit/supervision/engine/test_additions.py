"""The decision maker alone: what OTP does not have."""

import pytest

from trio_smith.exits import STOPPED, ShutDown
from trio_smith.resilience import Backoff
from trio_smith.supervision import (
    UNLIMITED,
    AutoShutdown,
    Decision,
    Escalated,
    Intensity,
    Restart,
    StartFailed,
    Strategy,
    SupervisorSpec,
)
from trio_smith.supervision.engine._actions import (
    CountChildren,
    DeleteChild,
    ReleaseChild,
    RestartChild,
    StartChild,
    StopChild,
)

from .fake_shell import CRASH, A, B, C, FakeShell, begun, spec_of

WAITING = Backoff(initial=1.0, healthy_after=10.0)


def test_with_a_backoff_the_restart_waits_and_the_supervisor_serves_meanwhile() -> None:
    """The delay is asked for with the attempt's number."""
    attempts: list[int] = []
    shell = FakeShell(SupervisorSpec(backoff=WAITING), delay=lambda n: attempts.append(n) or 7.0)  # type: ignore[func-returns-value]
    shell.begun(A, B)
    shell.exit("a")
    assert shell.take() == ["again a 1", "wait a 7"]
    assert shell.engine.idle
    assert shell.engine.alive == 2
    assert len(shell.ask(CountChildren()).answers) == 1
    shell.resume()
    shell.fail()
    assert attempts == [1, 2]
    assert shell.take()[-2:] == ["again a 2", "wait a 7"]


def test_with_a_backoff_a_group_is_stopped_first_then_waits_then_starts() -> None:
    """Section 11."""
    shell = begun(Strategy.ONE_FOR_ALL, backoff=WAITING)
    shell.exit("b")
    shell.stopped()
    shell.stopped()
    assert shell.take() == ["again b 1", "pause c", "pause a", "wait b 1"]
    shell.resume()
    for _ in range(3):
        shell.ready()
    assert shell.take() == ["start a", "start b", "start c"]


def test_a_healthy_spell_forgets_the_attempts() -> None:
    """`max_restarts` counts those since the last one; a start that fails is none, however long it takes."""
    shell = begun(max_restarts=2, backoff=WAITING)
    for _ in range(2):
        shell.exit("a")
        shell.resume()
        shell.ready()
    shell.now = 9.9
    shell.take()
    shell.now = 10.0
    shell.exit("a")
    assert shell.take()[0] == "again a 1"
    shell.resume()
    shell.now = 100.0
    shell.fail()
    shell.resume()
    shell.now = 200.0
    shell.fail()
    assert shell.take()[-3] == "give-up a 3"


def test_with_a_backoff_the_window_plays_no_part() -> None:
    """However far apart the restarts are, they count until the child was healthy."""
    shell = begun(max_restarts=2, within=1.0, backoff=Backoff(healthy_after=1000.0))
    for _ in range(2):
        shell.exit("a")
        shell.resume()
        shell.now += 100.0
        shell.ready()
    shell.take()
    shell.exit("a")
    assert shell.take()[0] == "give-up a 3"
    shell.run_down()
    assert shell.finish is not None
    assert isinstance(shell.finish.reason, ShutDown)
    assert "without a healthy spell" in str(shell.finish.reason.why)


def test_no_limit_restarts_for_ever() -> None:
    """Allowed by name."""
    shell = begun(max_restarts=UNLIMITED, backoff=WAITING)
    for _ in range(100):
        shell.exit("a")
        shell.resume()
        shell.ready()
    assert shell.finish is None
    assert shell.slot("a").incarnation == 101


@pytest.mark.parametrize("after", ["stop", "restart", "delete"])
def test_a_wait_whose_child_was_taken_care_of_meanwhile_ends_in_nothing(after: str) -> None:
    """It was stopped, perhaps started again by request, perhaps deleted and added anew."""
    shell = begun(backoff=WAITING)
    shell.exit("a")
    shell.ask(StopChild("a"))
    if after == "restart":
        shell.ask(RestartChild("a"))
        shell.ready()
    elif after == "delete":
        shell.ask(DeleteChild("a"))
        shell.ask(StartChild(A, "a"))
        shell.ready()
    shell.take()
    shell.resume()
    assert shell.take() == []


def test_a_wait_that_ends_during_the_stop_is_ignored() -> None:
    """Nobody is started any more."""
    shell = begun(backoff=WAITING)
    shell.exit("a")
    shell.stop(STOPPED)
    shell.resume()
    shell.run_down()
    assert not any(row.startswith("start") for row in shell.take())


def test_escalation_gives_up_at_once() -> None:
    """Whatever the intensity, the restart kind and the strategy say."""
    shell = begun(Strategy.ONE_FOR_ALL, failures={ValueError: Decision.ESCALATE})
    shell.exit("a")
    assert shell.take() == ["give-up a 0", "close a", "stop c"]
    shell.run_down()
    assert shell.finish is not None
    assert isinstance(shell.finish.reason, ShutDown)
    error = shell.finish.reason.why
    assert isinstance(error, Escalated)
    assert error.__cause__ is CRASH


def test_a_crash_that_stops_a_child_counts_as_finishing() -> None:
    """Also for the automatic shutdown, and for a permanent child."""
    shell = begun(failures={ValueError: Decision.STOP})
    shell.exit("a")
    assert shell.take() == ["close a"]
    assert shell.states()["a"] == "down"
    last = FakeShell(
        SupervisorSpec(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT, failures={ValueError: Decision.STOP})
    )
    last.begun(spec_of("a", Restart.TRANSIENT, significant=True))
    last.exit("a")
    assert last.finish is not None


def test_a_child_with_an_intensity_of_its_own_is_set_aside() -> None:
    """Its siblings run on, and the supervisor's own intensity counts nothing of it."""
    shell = FakeShell(SupervisorSpec(max_restarts=0))
    shell.begun(spec_of("q", quarantine=Intensity(max_restarts=1)), B)
    shell.exit("q")
    shell.ready()
    shell.exit("q")
    assert shell.take() == ["again q 1", "start q", "quarantine q 2", "close q"]
    assert shell.states() == {"q": "quarantined", "b": "running"}
    assert shell.engine.alive == 1
    assert shell.engine.restarts_in_window(0.0) == 0


def test_releasing_a_child_begins_its_intensity_anew() -> None:
    """A release that fails leaves it in quarantine."""
    shell = FakeShell(SupervisorSpec())
    shell.begun(spec_of("q", quarantine=Intensity(max_restarts=0)))
    shell.exit("q")
    assert shell.states() == {"q": "quarantined"}
    failed = shell.ask(ReleaseChild("q"))
    shell.fail()
    assert isinstance(failed.answers[0], StartFailed)
    assert shell.states() == {"q": "quarantined"}
    released = shell.ask(ReleaseChild("q"))
    shell.ready()
    assert released.answers == [shell.slot("q")]
    shell.take()
    shell.exit("q")
    assert shell.take()[0] == "quarantine q 1"


def test_a_quarantined_child_can_be_restarted_stopped_and_deleted() -> None:
    """It is down."""
    for requests in ([RestartChild("q")], [StopChild("q"), DeleteChild("q")], [DeleteChild("q")]):
        shell = FakeShell(SupervisorSpec())
        shell.begun(spec_of("q", quarantine=Intensity(max_restarts=0)))
        shell.exit("q")
        for request in requests:
            asked = shell.ask(request)
            if shell.starting is not None:
                shell.ready()
            assert not isinstance(asked.answers[0], Exception)


def test_a_quarantined_child_does_not_fell_the_siblings_of_its_group() -> None:
    """They were stopped for its restart; when it is set aside at a retry, they are started all the same."""
    shell = FakeShell(SupervisorSpec(strategy=Strategy.ONE_FOR_ALL))
    shell.begun(A, spec_of("q", quarantine=Intensity(max_restarts=1)), C)
    shell.exit("q")
    shell.stopped()
    shell.stopped()
    shell.ready()
    shell.fail()
    shell.run_up()
    assert shell.states() == {"a": "running", "q": "quarantined", "c": "running"}
