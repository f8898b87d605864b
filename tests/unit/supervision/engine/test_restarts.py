"""The decision maker alone: own exits, the restart intensity and the retries."""

import pytest

from trio_smith.exits import RETURNED, Crashed, ShutDown
from trio_smith.supervision import (
    AlreadyPresent,
    ChildCounts,
    ChildRestarting,
    Restart,
    RestartIntensityExceeded,
    Strategy,
    SupervisorSpec,
)
from trio_smith.supervision.engine._actions import (
    CountChildren,
    DeleteChild,
    RestartChild,
    StartChild,
    StopChild,
)
from trio_smith.supervision.engine._restarts import KEPT_FAILURES

from .fake_shell import CRASH, A, B, C, FakeShell, begun, spec_of

# One child's own exit ----------------------------------------------------------------------


def test_a_crashed_permanent_child_is_started_again_in_its_place() -> None:
    """One for one: nobody else is touched."""
    shell = begun()
    shell.exit("b")
    assert shell.take() == ["again b 1", "start b"]
    shell.ready()
    assert shell.take() == []
    assert list(shell.states()) == ["a", "b", "c"]
    assert shell.slot("b").incarnation == 2


def test_a_finished_transient_child_keeps_its_place_and_a_temporary_one_is_forgotten() -> None:
    """Neither touches its siblings, although the strategy would."""
    shell = FakeShell(SupervisorSpec(strategy=Strategy.ONE_FOR_ALL))
    shell.begun(spec_of("a", Restart.TRANSIENT), spec_of("t", Restart.TEMPORARY), C)
    shell.exit("a", RETURNED)
    shell.exit("t")
    assert shell.take() == ["close a", "close t"]
    assert shell.states() == {"a": "down", "c": "running"}


def test_exits_are_handled_in_order_of_arrival_and_none_is_lost() -> None:
    """While one start is waited for, the others wait their turn."""
    shell = begun(max_restarts=9)
    shell.exit("c")
    shell.exit("a")
    shell.exit("b", RETURNED)
    assert shell.take() == ["again c 1", "start c"]
    shell.ready()
    assert shell.take() == ["again a 2", "start a"]
    shell.ready()
    assert shell.take() == ["again b 3", "start b"]


def test_a_report_of_an_incarnation_that_is_over_is_ignored() -> None:
    """Its stop by request was handled first: the death is absorbed, nothing is restarted."""
    shell = begun()
    shell.exit("a")  # its restart keeps the engine busy
    stopping = shell.ask(StopChild("b"))
    again = shell.ask(RestartChild("b"))
    shell.exit("b")
    shell.take()
    shell.ready()
    assert shell.take() == ["close b", "reply ok", "start b"]
    shell.ready()
    assert (len(stopping.answers), len(again.answers)) == (1, 1)
    assert shell.engine.restarts_in_window(0.0) == 1
    assert shell.slot("b").incarnation == 2


def test_a_stale_report_does_not_bring_a_later_death_forward() -> None:
    """Each death is handled in its own turn."""
    shell = begun(max_restarts=9)
    shell.ask(StopChild("b"))
    shell.stopped()
    shell.exit("c")
    for request in (StopChild("a"), RestartChild("a"), RestartChild("b")):
        shell.ask(request)
    shell.exit("a")
    shell.ask(CountChildren())
    shell.ready()  # c; a's first death is absorbed, and it is started again
    shell.ready()
    shell.exit("a")  # once more, while b is being started
    shell.take()
    shell.ready()
    assert shell.take() == ["reply ok", "reply ok", "again a 2", "start a"]


# Restart intensity -------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_as_many_restarts_as_allowed_and_the_next_is_fatal(limit: int) -> None:
    """Zero: the first needed restart is fatal."""
    shell = begun(max_restarts=limit)
    for _ in range(limit):
        shell.exit("b")
        shell.ready()
    shell.take()
    shell.exit("b")
    assert shell.take() == [f"give-up b {limit + 1}", "close b", "stop c"]
    shell.run_down()
    assert shell.finish is not None
    reason = shell.finish.reason
    assert isinstance(reason, ShutDown)
    assert isinstance(reason.why, RestartIntensityExceeded)
    assert reason.why.child == "b"
    assert reason.why.restarts == limit + 1
    assert reason.why.failures is not None
    assert set(reason.why.failures.exceptions) == {CRASH}


@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_the_intensity_is_checked_before_the_strategy_acts(strategy: Strategy) -> None:
    """On the fatal restart nobody is stopped for a group restart: all are stopped for good."""
    shell = begun(strategy, max_restarts=0)
    shell.exit("a")
    shell.run_down()
    assert shell.take() == ["give-up a 1", "close a", "stop c", "stop b", "finish shut down"]


def test_one_list_of_restarts_is_shared_by_all_children() -> None:
    """OTP's intensity belongs to the supervisor."""
    shell = begun(max_restarts=2)
    for name in "ab":
        shell.exit(name)
        shell.ready()
    shell.exit("c")
    assert "give-up c 3" in shell.take()


@pytest.mark.parametrize(("later", "gives_up"), [(5.0, True), (5.0000001, False)])
def test_a_restart_leaves_the_window_just_after_its_length(later: float, *, gives_up: bool) -> None:
    """Exactly `within` apart still share it."""
    shell = begun(max_restarts=1, within=5.0)
    shell.exit("a")
    shell.ready()
    shell.now = later
    shell.exit("a")
    assert any(row.startswith("give-up") for row in shell.take()) is gives_up


def test_a_group_restart_counts_once() -> None:
    """However many are restarted."""
    shell = begun(Strategy.ONE_FOR_ALL)
    shell.exit("b")
    shell.run_up()
    assert shell.engine.restarts_in_window(0.0) == 1


def test_ends_that_need_no_restart_and_requests_count_nothing() -> None:
    """Temporary ends, normal ends of transient children, failed requests, stops."""
    shell = FakeShell(SupervisorSpec(max_restarts=0))
    shell.begun(spec_of("t", Restart.TEMPORARY), spec_of("n", Restart.TRANSIENT), A)
    shell.exit("t")
    shell.exit("n", RETURNED)
    shell.ask(StartChild(B, "b"))
    shell.fail()
    shell.ask(RestartChild("n"))
    shell.fail()
    shell.ask(StopChild("a"))
    shell.stopped()
    assert shell.engine.restarts_in_window(0.0) == 0
    assert shell.finish is None


def test_the_failures_that_are_kept_are_the_last_few() -> None:
    """They hold tracebacks, and those hold frames."""
    shell = begun(max_restarts=50)
    errors = [ValueError(number) for number in range(51)]
    for error in errors[:-1]:
        shell.exit("a", Crashed(error))
        shell.ready()
    shell.exit("a", Crashed(errors[-1]))
    shell.run_down()
    assert shell.finish is not None
    assert isinstance(shell.finish.reason, ShutDown)
    why = shell.finish.reason.why
    assert isinstance(why, RestartIntensityExceeded)
    assert why.failures is not None
    assert list(why.failures.exceptions) == errors[-KEPT_FAILURES:]


# A restart whose start fails ---------------------------------------------------------------


def test_a_failing_restart_is_retried_through_the_queue() -> None:
    """Between attempts what has arrived is served; each retry is counted."""
    shell = begun()
    shell.exit("a")
    asked = shell.ask(CountChildren())
    shell.exit("b")
    shell.take()
    shell.fail()
    assert shell.take() == ["reply ok", "again b 2", "start b"]
    assert asked.answers == [ChildCounts(specs=3, active=1, supervisors=0, workers=3)]
    shell.ready()
    assert shell.take() == ["again a 3", "start a"]


def test_a_child_that_never_starts_is_attempted_exactly_max_restarts_times() -> None:
    """Then the supervisor gives up."""
    shell = begun(max_restarts=3)
    shell.exit("a")
    for _ in range(3):
        shell.fail()
    rows = shell.take()
    assert rows.count("start a") == 3
    assert rows[-3:] == ["give-up a 4", "close a", "stop c"]


def test_a_child_between_attempts_is_restarting() -> None:
    """It can neither be started, nor restarted, nor deleted."""
    shell = begun()
    shell.exit("a")
    start, restart, delete = (
        shell.ask(request) for request in (StartChild(A, "a"), RestartChild("a"), DeleteChild("a"))
    )
    shell.fail()
    kinds = [type(asked.answers[0]) for asked in (start, restart, delete)]
    assert kinds == [AlreadyPresent, ChildRestarting, ChildRestarting]


def test_in_a_group_the_start_stops_at_the_first_child_that_fails() -> None:
    """Those before it stay running, it is restarting, those after it are down; it is retried."""
    shell = begun(Strategy.REST_FOR_ONE)
    shell.exit("a")
    shell.stopped()
    shell.stopped()
    shell.ready()
    shell.ask(CountChildren())
    shell.take()
    shell.fail()
    assert shell.take() == ["reply ok", "again b 2", "start b"]
    shell.ready()
    shell.ready()
    assert shell.take() == ["start c"]
    assert set(shell.states().values()) == {"running"}


def test_the_retry_of_one_for_all_stops_and_starts_everything() -> None:
    """Those that were started before the failing one too."""
    shell = begun(Strategy.ONE_FOR_ALL)
    shell.exit("a")
    shell.stopped()
    shell.stopped()
    shell.ready()
    shell.take()
    shell.fail()
    assert shell.take() == ["again b 2", "pause a"]
    shell.stopped()
    for _ in range(3):
        shell.ready()
    assert shell.take() == ["start a", "start b", "start c"]


def test_a_retry_whose_child_was_stopped_meanwhile_is_dropped_uncounted() -> None:
    """Those that waited for it in the group are down for good then."""
    shell = begun(Strategy.REST_FOR_ONE)
    shell.exit("a")
    shell.stopped()
    shell.stopped()
    shell.ready()
    asked = shell.ask(StopChild("b"))
    shell.take()
    shell.fail()
    assert shell.take() == ["close b", "close c", "reply ok"]
    assert len(asked.answers) == 1
    assert shell.engine.restarts_in_window(0.0) == 1
    assert shell.states() == {"a": "running", "b": "down", "c": "down"}


def test_deleting_a_child_that_waits_for_the_retry_of_another_closes_it() -> None:
    """It was down only until its turn in the group came."""
    shell = begun(Strategy.REST_FOR_ONE)
    shell.exit("a")
    shell.stopped()
    shell.stopped()
    shell.ready()
    asked = shell.ask(DeleteChild("c"))
    shell.take()
    shell.fail()
    assert shell.take() == ["close c", "reply ok", "again b 2", "start b"]
    shell.ready()
    assert asked.answers == [None]
    assert shell.states() == {"a": "running", "b": "running"}


def test_a_restart_by_one_for_all_makes_an_older_retry_void() -> None:
    """The retry belongs to an incarnation that is over."""
    shell = begun(Strategy.ONE_FOR_ALL, max_restarts=9)
    shell.exit("b")
    shell.stopped()
    shell.stopped()
    shell.ready()  # a
    shell.exit("a")  # while b is being started
    shell.fail()  # b: its retry stands behind a's exit
    for _ in range(3):
        shell.ready()
    assert shell.take().count("again b 2") == 0
    assert shell.engine.restarts_in_window(0.0) == 2


def test_a_child_that_ignores_its_restart_is_down_without_a_retry() -> None:
    """Section 3."""
    shell = begun()
    shell.exit("a")
    shell.ignore()
    assert shell.take() == ["again a 1", "start a", "close a"]
    assert shell.states()["a"] == "down"
    assert shell.engine.idle
