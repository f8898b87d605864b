"""The decision maker alone: significant children and the automatic shutdown."""

from trio_smith.exits import RETURNED, ShutDown
from trio_smith.supervision import AutoShutdown, Restart, SignificantEnded, Strategy, SupervisorSpec
from trio_smith.supervision.engine._actions import StopChild

from .fake_shell import A, FakeShell, spec_of


def significant(policy: AutoShutdown, *names: str, others: str = "") -> FakeShell:
    """Return a supervisor with transient children, significant and others."""
    shell = FakeShell(SupervisorSpec(auto_shutdown=policy, max_restarts=9))
    shell.begun(
        *(spec_of(name, Restart.TRANSIENT, significant=True) for name in names),
        *(spec_of(name, Restart.TRANSIENT) for name in others),
    )
    return shell


def test_any_significant_end_stops_the_supervisor() -> None:
    """In reverse order, and the exit is normal-like."""
    shell = significant(AutoShutdown.ANY_SIGNIFICANT, *"ab", others="x")
    shell.exit("x", RETURNED)
    assert shell.finish is None
    shell.exit("a", RETURNED)
    shell.run_down()
    assert shell.take() == ["close x", "close a", "stop b", "finish shut down"]
    assert shell.finish is not None
    assert isinstance(shell.finish.reason, ShutDown)
    assert isinstance(shell.finish.reason.why, SignificantEnded)
    assert shell.finish.error is None


def test_all_significant_waits_for_the_last_of_them() -> None:
    """One that is restarting is up."""
    shell = significant(AutoShutdown.ALL_SIGNIFICANT, *"ab", others="x")
    shell.exit("a")
    shell.exit("b", RETURNED)
    shell.fail()  # a is restarting when b's exit is handled
    assert shell.finish is None
    shell.ready()
    shell.exit("a", RETURNED)
    shell.run_down()
    assert shell.finish is not None


def test_a_stop_by_request_and_a_group_stop_never_shut_down() -> None:
    """The check runs only after a child's own exit that leads to no restart."""
    shell = significant(AutoShutdown.ANY_SIGNIFICANT, *"ab")
    shell.ask(StopChild("a"))
    shell.stopped()
    assert shell.finish is None
    group = FakeShell(
        SupervisorSpec(strategy=Strategy.ONE_FOR_ALL, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)
    )
    group.begun(spec_of("t", Restart.TEMPORARY, significant=True), A)
    group.exit("a")
    group.stopped()
    group.ready()
    assert group.finish is None
    assert group.states() == {"a": "running"}


def test_two_significant_children_that_end_together_shut_down_after_the_second() -> None:
    """The first one's end is handled while the second's waits in the queue."""
    shell = significant(AutoShutdown.ALL_SIGNIFICANT, *"ab", others="x")
    shell.exit("x")  # busy with its restart
    shell.exit("a", RETURNED)
    shell.exit("b", RETURNED)
    shell.take()
    shell.ready()
    shell.run_down()
    assert shell.take() == ["close a", "close b", "stop x", "finish shut down"]
