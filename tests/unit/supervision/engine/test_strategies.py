"""The decision maker alone: what each strategy does to the siblings."""

import pytest

from trio_smith.exits import RETURNED
from trio_smith.supervision import Restart, Strategy, SupervisorSpec
from trio_smith.supervision.engine._actions import StopChild

from .fake_shell import A, B, C, FakeShell, begun, spec_of


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
