"""The pure decisions, against the tables of the documentation."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.exits import Crashed, ExitReason, Killed, NodeLost, Returned, ShutDown, Stopped
from trio_smith.supervision import AutoShutdown, Condition, Decision, Restart, Undecided
from trio_smith.supervision.engine._rules import decision_about, shuts_down, wants_restart
from trio_smith.supervision.engine._slot import Slot

from .fake_shell import spec_of

NORMAL: list[ExitReason] = [Returned(), ShutDown(), ShutDown("done"), ShutDown(ValueError())]
ABNORMAL: list[ExitReason] = [
    Crashed(ValueError()),
    Crashed(GeneratorExit()),
    Killed(),
    Stopped(),
    NodeLost(node="n"),
]
SEVERITY = [Decision.RESTART, Decision.STOP, Decision.ESCALATE]


@pytest.mark.parametrize("reason", [*NORMAL, *ABNORMAL], ids=str)
def test_a_permanent_child_is_restarted_whatever_it_ended_of(reason: ExitReason) -> None:
    """Section 4, first row."""
    assert wants_restart(Restart.PERMANENT, reason)


@pytest.mark.parametrize("reason", [*NORMAL, *ABNORMAL], ids=str)
def test_a_transient_child_is_restarted_after_abnormal_ends_alone(reason: ExitReason) -> None:
    """Section 4, second row: a supervisor that gave up counts as normal too."""
    assert wants_restart(Restart.TRANSIENT, reason) is (reason in ABNORMAL)


@pytest.mark.parametrize("reason", [*NORMAL, *ABNORMAL], ids=str)
def test_a_temporary_child_is_never_restarted(reason: ExitReason) -> None:
    """Section 4, third row."""
    assert not wants_restart(Restart.TEMPORARY, reason)


KINDS: list[type[BaseException]] = [
    LookupError,
    KeyError,
    IndexError,
    OSError,
    PermissionError,
    BaseException,
]
LEAVES: list[type[Exception]] = [KeyError, IndexError, OSError, PermissionError, ValueError]
failures = st.dictionaries(st.sampled_from(KINDS), st.sampled_from(Decision))


def groups(inner: st.SearchStrategy[Exception]) -> st.SearchStrategy[Exception]:
    """Return groups of what *inner* makes."""
    return st.lists(inner, min_size=1, max_size=3).map(lambda errors: ExceptionGroup("several", errors))


errors = st.recursive(st.sampled_from(LEAVES).map(lambda kind: kind()), groups, max_leaves=6)


def flat(error: BaseException) -> list[BaseException]:
    """Return what a group holds at any depth."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in flat(part)]
    return [error]


@given(errors, failures)
def test_the_most_severe_decision_about_any_leaf_wins(
    error: Exception, table: Mapping[type[BaseException], Decision]
) -> None:
    """Section 11: by isinstance, applied to the leaves; what the table does not know is restarted."""
    found = [d for leaf in flat(error) for kind, d in table.items() if isinstance(leaf, kind)]
    wanted = max(found, key=SEVERITY.index, default=Decision.RESTART)
    assert decision_about(Crashed(error), table) is wanted


@given(errors, failures)
def test_a_function_is_asked_about_every_leaf(
    error: Exception, table: Mapping[type[BaseException], Decision]
) -> None:
    """So whoever writes one need not know of groups; it decides as a mapping that says the same would."""
    asked: list[BaseException] = []

    def decide(leaf: BaseException) -> Decision:
        asked.append(leaf)
        return decision_about(Crashed(leaf), table)

    assert decision_about(Crashed(error), decide) is decision_about(Crashed(error), table)
    assert asked == flat(error)


def test_a_function_that_raises_is_undecided_with_both_errors() -> None:
    """Neither must be lost: what failed, and why nobody could say what to do about it."""
    crash, mistake = OSError("gone"), ZeroDivisionError("oops")

    def decide(_error: BaseException) -> Decision:
        raise mistake

    with pytest.raises(Undecided) as caught:
        decision_about(Crashed(crash), decide)
    assert caught.value.failure is crash
    assert isinstance(caught.value.__cause__, BaseExceptionGroup)
    assert caught.value.__cause__.exceptions == (crash, mistake)
    assert str(caught.value) == (
        "failures= has not decided about OSError: gone: it raised ZeroDivisionError: oops. "
        "Let the function return a Decision, whatever the exception."
    )


@pytest.mark.parametrize("said", [None, "stop", Decision, True])
def test_a_function_that_returns_no_decision_is_undecided(said: Any) -> None:
    """The commonest mistake is a branch that returns nothing."""
    crash = OSError("gone")
    with pytest.raises(Undecided, match="it returned ") as caught:
        decision_about(Crashed(crash), lambda _error: said)
    assert caught.value.__cause__ is crash


@pytest.mark.parametrize(
    "reason", [reason for reason in [*NORMAL, *ABNORMAL] if not isinstance(reason, Crashed)], ids=str
)
def test_only_crashes_are_decided_upon_by_type(reason: ExitReason) -> None:
    """An end without an exception of the child's own has no type."""
    assert decision_about(reason, {BaseException: Decision.ESCALATE}) is Decision.RESTART


def slots_in(*conditions: Condition, significant: bool = True) -> list[Slot]:
    """Return slots in these conditions."""
    slots = []
    for number, condition in enumerate(conditions):
        spec = spec_of(f"child-{number}", Restart.TRANSIENT, significant=significant)
        slot = Slot(spec, f"child-{number}", Restart.TRANSIENT)
        slot.condition = condition
        slots.append(slot)
    return slots


UP = [Condition.STARTING, Condition.RUNNING, Condition.STOPPING, Condition.RESTARTING]


@given(
    st.lists(st.sampled_from(Condition), max_size=4),
    st.lists(st.sampled_from(Condition), max_size=4),
    st.booleans(),
)
def test_automatic_shutdown_follows_the_table(
    significant: list[Condition],
    others: list[Condition],
    ended_significant: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    """Section 7: any = it is significant; all = it is, and no significant one is up (restarting ones are)."""
    (ended,) = slots_in(Condition.DOWN, significant=ended_significant)
    rest = slots_in(*significant) + slots_in(*others, significant=False)
    assert not shuts_down(AutoShutdown.NEVER, ended, rest)
    assert shuts_down(AutoShutdown.ANY_SIGNIFICANT, ended, rest) is ended_significant
    all_down = not any(condition in UP for condition in significant)
    assert shuts_down(AutoShutdown.ALL_SIGNIFICANT, ended, rest) is (ended_significant and all_down)


@pytest.mark.parametrize("condition", Condition)
def test_a_condition_knows_whether_it_is_up(condition: Condition) -> None:
    """Up: there is a Trio task, or there will be one without anybody's asking."""
    assert condition.is_up is (condition in UP)
