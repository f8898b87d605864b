"""The decision maker alone: pools."""

from collections.abc import Callable

import pytest

from trio_smith.exits import STOPPED
from trio_smith.supervision import (
    ChildCounts,
    ChildSpec,
    PoolFull,
    PoolHasNoIds,
    Restart,
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

from .fake_shell import A, FakeShell, run


def pool(**options: object) -> FakeShell:
    """Return an empty pool."""
    options = {"template": ChildSpec(start=run), **options}
    shell = FakeShell(SupervisorSpec(strategy=Strategy.DYNAMIC, **options))  # type: ignore[arg-type]
    shell.begun()
    return shell


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
