"""The decision maker alone: no Trio, no clock, every outcome told by the test."""

from collections.abc import Callable

import pytest

from trio_smith.exits import KILLED, RETURNED, STOPPED, Crashed, ShutDown
from trio_smith.resilience import Backoff
from trio_smith.supervision import (
    UNLIMITED,
    AlreadyPresent,
    AlreadyStarted,
    AutoShutdown,
    ChildCounts,
    ChildNotFound,
    ChildRestarting,
    ChildRunning,
    ChildSpec,
    Decision,
    Escalated,
    Intensity,
    NotQuarantined,
    PoolFull,
    PoolHasNoIds,
    Restart,
    RestartIntensityExceeded,
    SignificantEnded,
    StartFailed,
    Strategy,
    SupervisorSpec,
    SupervisorStopped,
)
from trio_smith.supervision._actions import (
    CountChildren,
    DeleteChild,
    ReleaseChild,
    Request,
    RestartChild,
    StartChild,
    StopChild,
)
from trio_smith.supervision._restarts import KEPT_FAILURES

from .fake_shell import CRASH, FakeShell, run, spec_of

A, B, C = (spec_of(name) for name in "abc")


def begun(strategy: Strategy = Strategy.ONE_FOR_ONE, **options: object) -> FakeShell:
    """Return a supervisor of a, b and c, all running."""
    shell = FakeShell(SupervisorSpec(strategy=strategy, **options))  # type: ignore[arg-type]
    shell.begun(A, B, C)
    return shell


def pool(**options: object) -> FakeShell:
    """Return an empty pool."""
    options = {"template": ChildSpec(start=run), **options}
    shell = FakeShell(SupervisorSpec(strategy=Strategy.DYNAMIC, **options))  # type: ignore[arg-type]
    shell.begun()
    return shell


# Starting ----------------------------------------------------------------------------------


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


# Strategies --------------------------------------------------------------------------------


def test_one_for_all_stops_the_others_in_reverse_and_starts_all_in_order() -> None:
    """The failed one has its place among them."""
    shell = begun(Strategy.ONE_FOR_ALL)
    shell.exit("b")
    shell.stopped()
    shell.stopped()
    shell.ready()
    shell.ready()
    shell.ready()
    assert shell.take() == ["again b 1", "pause c", "pause a", "start a", "start b", "start c"]


def test_one_for_all_drops_temporary_siblings_and_revives_those_that_are_down() -> None:
    """Finished transients, ignored ones, those stopped by request: all that are left are started."""
    shell = FakeShell(SupervisorSpec(strategy=Strategy.ONE_FOR_ALL))
    shell.begin(
        spec_of("ignored"), spec_of("finished", Restart.TRANSIENT), spec_of("t", Restart.TEMPORARY), B, C
    )
    shell.ignore()
    for _ in range(4):
        shell.ready()
    shell.exit("finished", RETURNED)
    shell.ask(StopChild("b"))
    shell.stopped()
    shell.take()
    shell.exit("c")
    shell.stopped()
    for _ in range(4):
        shell.ready()
    assert shell.take() == [
        "again c 1",
        "stop t",
        "start ignored",
        "start finished",
        "start b",
        "start c",
    ]
    assert list(shell.states()) == ["ignored", "finished", "b", "c"]


def test_rest_for_one_touches_the_failed_one_and_those_after_it() -> None:
    """Those before are not even revived."""
    shell = FakeShell(SupervisorSpec(strategy=Strategy.REST_FOR_ONE))
    shell.begun(spec_of("down", Restart.TRANSIENT), A, B, spec_of("later", Restart.TRANSIENT), C)
    shell.exit("down", RETURNED)
    shell.exit("later", RETURNED)
    shell.take()
    shell.exit("b")
    shell.stopped()
    for _ in range(3):
        shell.ready()
    assert shell.take() == ["again b 1", "pause c", "start b", "start later", "start c"]
    assert shell.states()["down"] == "down"


@pytest.mark.parametrize("restart", Restart)
def test_a_sibling_that_had_died_by_itself_is_absorbed_by_the_group_stop(restart: Restart) -> None:
    """One restart, whatever its restart kind; a temporary one is dropped."""
    shell = FakeShell(SupervisorSpec(strategy=Strategy.ONE_FOR_ALL, max_restarts=1))
    shell.begun(A, spec_of("b", restart), C)
    shell.exit("a")  # c is being paused
    shell.exit("b")
    shell.stopped()
    left = "ac" if restart is Restart.TEMPORARY else "abc"
    for _ in left:
        shell.ready()
    rows = shell.take()
    assert rows[:2] == ["again a 1", "pause c"]
    assert [row for row in rows if row.startswith("start")] == [f"start {name}" for name in left]
    assert shell.finish is None
    assert shell.engine.idle


def test_in_rest_for_one_a_later_childs_death_that_was_handled_first_makes_two_restarts() -> None:
    """Section 6."""
    shell = begun(Strategy.REST_FOR_ONE)
    shell.exit("c")
    shell.exit("a")
    shell.ready()
    shell.stopped()
    shell.stopped()
    for _ in range(3):
        shell.ready()
    assert shell.take() == [
        "again c 1",
        "start c",
        "again a 2",
        "pause c",
        "pause b",
        "start a",
        "start b",
        "start c",
    ]


def test_a_group_start_goes_on_behind_a_child_that_ignores_its_restart() -> None:
    """It is down, without a retry."""
    shell = begun(Strategy.ONE_FOR_ALL)
    shell.exit("a")
    shell.stopped()
    shell.stopped()
    shell.take()
    shell.ready()
    shell.ignore()
    shell.ready()
    assert shell.take() == ["start b", "close b", "start c"]
    assert shell.states() == {"a": "running", "b": "down", "c": "running"}


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


# Automatic shutdown ------------------------------------------------------------------------


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


# Pools -------------------------------------------------------------------------------------


def start(shell: FakeShell, *names: str) -> None:
    """Start instances of a pool."""
    for name in names:
        shell.ask(StartChild(shell.engine.spec.template or A, name))
        shell.ready()
    shell.rows.clear()


def test_a_pool_takes_no_more_than_its_limit_and_restarting_ones_count() -> None:
    """Section 8."""
    shell = pool(max_children=2)
    start(shell, "#1", "#2")
    shell.exit("#1")
    refused = shell.ask(StartChild(A, "#3"))
    shell.fail()  # restarting, and the request is served before the retry
    assert isinstance(refused.answers[0], PoolFull)
    shell.ready()
    shell.ask(StopChild(shell.slot("#1")))
    shell.stopped()
    start(shell, "#4")
    assert list(shell.states()) == ["#2", "#4"]


@pytest.mark.parametrize("outcome", [FakeShell.fail, FakeShell.ignore])
def test_a_failed_or_ignored_start_leaves_nothing_behind_in_a_pool(
    outcome: Callable[[FakeShell], None],
) -> None:
    """Section 8."""
    shell = pool()
    asked = shell.ask(StartChild(A, "#1"))
    outcome(shell)
    assert shell.states() == {}
    assert len(asked.answers) == 1
    assert shell.engine.alive == 0


def test_an_ignored_restart_removes_the_instance() -> None:
    """Section 8."""
    shell = pool(template=ChildSpec(start=run, restart=Restart.PERMANENT))
    start(shell, "#1")
    shell.exit("#1")
    shell.ignore()
    assert shell.states() == {}


def test_a_pool_stops_all_its_living_instances_at_once() -> None:
    """And is over when the last of them has ended; one that had died by itself is absorbed."""
    shell = pool(max_restarts=9)
    start(shell, "#1", "#2", "#3", "#4")
    shell.exit("#3")
    shell.exit("#4")
    shell.take()
    shell.stop(STOPPED)
    assert shell.take() == ["cancel #3"]
    shell.fail()
    assert shell.take()[-1] == "stop-together #1 #2"
    shell.stopped()
    shell.stopped()
    assert shell.take()[-1] == "finish stopped"


def test_the_instances_of_a_pool_have_no_ids() -> None:
    """stop_child takes the handle; one that is no longer known is fine."""
    shell = pool()
    start(shell, "#1")
    slot = shell.slot("#1")
    for request in (StopChild("#1"), RestartChild("#1"), DeleteChild("#1"), ReleaseChild("#1")):
        assert isinstance(shell.ask(request).answers[0], PoolHasNoIds)
    shell.ask(StopChild(slot))
    shell.stopped()
    assert shell.ask(StopChild(slot)).answers == [None]


def test_counts_of_a_pool_are_one_spec_and_its_instances() -> None:
    """Active = living; restarting ones are among the workers."""
    shell = pool(max_restarts=9)
    start(shell, "#1", "#2")
    shell.exit("#1")
    asked = shell.ask(CountChildren())
    shell.fail()
    assert asked.answers == [ChildCounts(specs=1, active=1, supervisors=0, workers=2)]


def test_counts_of_a_pool_of_supervisors() -> None:
    """The template says what the instances are."""
    shell = pool(template=ChildSpec(start=SupervisorSpec()))
    start(shell, "#1")
    assert shell.ask(CountChildren()).answers == [ChildCounts(specs=1, active=1, supervisors=1, workers=0)]


# Requests ----------------------------------------------------------------------------------


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


# Stopping ----------------------------------------------------------------------------------


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


# What we add -------------------------------------------------------------------------------

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
