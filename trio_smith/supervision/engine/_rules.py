"""The decisions of a supervisor as small pure functions, in the words of OTP's documentation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ...errors import say
from ...exits import Crashed, ExitReason, ShutDown, is_normal, leaves
from .._errors import Escalated, Undecided
from ..spec import PERMANENT, TRANSIENT, AutoShutdown, Decision, Failures, Restart, most_severe, shown
from ._slot import Slot


def wants_restart(restart: Restart, reason: ExitReason) -> bool:
    """Tell whether a child that ended by itself for *reason* is started again.

    | restart | normal-like | abnormal |
    |---|---|---|
    | permanent | yes | yes |
    | transient | no | yes |
    | temporary | no | no |
    """
    if restart is TRANSIENT:
        return not is_normal(reason)
    return restart is PERMANENT


def decision_about(reason: ExitReason, failures: Failures) -> Decision:
    """Return what *failures* says of a crash; the leaves of a group count, and the most severe wins.

    Of a supervisor that gave up at once it is asked about the failure that it escalated with.

    Raises:
        Undecided: *failures* is a function, and it raised or returned no decision.
    """
    match reason:
        case Crashed(exception=failure) | ShutDown(why=Escalated(failure=failure)) if failures:
            return most_severe(
                decision for leaf in leaves(failure) for decision in _decisions(leaf, failures)
            )
        case _:
            return Decision.RESTART


def _decisions(leaf: BaseException, failures: Failures) -> Iterable[Decision]:
    if not callable(failures):
        return [decision for kind, decision in failures.items() if isinstance(leaf, kind)]
    try:
        said: object = failures(leaf)
    except Exception as raised:  # noqa: BLE001 - whatever a function of the user's raises
        both = BaseExceptionGroup("a failure, and what failures= raised about it", (leaf, raised))
        raise Undecided(failure=leaf, why=f"it raised {say(raised)}") from both
    if not isinstance(said, Decision):
        raise Undecided(failure=leaf, why=f"it returned {shown(said)}") from leaf
    return (said,)


def shuts_down(policy: AutoShutdown, ended: Slot, slots: Iterable[Slot]) -> bool:
    """Tell whether the supervisor stops itself because *ended*, a child's own exit, led to no restart.

    *slots* are the children that are left. A restarting child counts as up.
    """
    match policy:
        case AutoShutdown.NEVER:
            return False
        case AutoShutdown.ANY_SIGNIFICANT:
            return ended.significant
        case AutoShutdown.ALL_SIGNIFICANT:
            return ended.significant and not any(slot.significant and slot.condition.is_up for slot in slots)
        case _:
            assert_never(policy)
