"""The decisions of a supervisor as small pure functions, in the words of OTP's documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from ...exits import Crashed, ExitReason, is_normal, leaves
from ..spec import PERMANENT, TRANSIENT, AutoShutdown, Decision, Restart
from ._slot import Slot

_SEVERITY = (Decision.RESTART, Decision.STOP, Decision.ESCALATE)


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


def decision_about(reason: ExitReason, failures: Mapping[type[BaseException], Decision]) -> Decision:
    """Return what *failures* says of a crash; the leaves of a group count, and the most severe wins."""
    if not failures or not isinstance(reason, Crashed):
        return Decision.RESTART
    found = [
        decision
        for leaf in leaves(reason.exception)
        for kind, decision in failures.items()
        if isinstance(leaf, kind)
    ]
    return max(found, key=_SEVERITY.index, default=Decision.RESTART)


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
