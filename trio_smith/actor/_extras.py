"""What only some actors have: kept apart, so that an idle actor stays small."""

from __future__ import annotations

import math
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

import attrs
import trio

from ..exits import ExitReason
from ._ask import TORN, Ask
from ._cancel_in_turn import cancel_in_turn

if TYPE_CHECKING:
    from ._cell import Cell
    from ._host import Registry
    from ._later_task import LaterTask
    from ._monitor import Monitor
    from ._timer import Timer


@attrs.frozen(kw_only=True, eq=False)
class Failure:
    """What `Actor.on_restart` is told: why the last incarnation crashed, and over which message.

    ``message`` is None if it crashed without one in hand; ``deliveries`` counts how often the message
    had been delivered.
    """

    exception: BaseException
    message: object
    deliveries: int


@attrs.frozen
class Redelivered:
    """A message that was in hand at a crash, and its next delivery's number (from 2)."""

    item: Any
    delivery: int


class Extras:
    """The record of the rarely used parts of a cell."""

    __slots__ = (
        "cell",
        "failure_beside",
        "has_changed",
        "inner",
        "later",
        "redelivery",
        "registries",
        "renew",
        "tear_scope",
        "timers",
        "watchers",
        "watching",
    )

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.redelivery: deque[Redelivered] = deque()
        self.later: dict[LaterTask, None] = {}
        self.failure_beside: tuple[BaseException, LaterTask | None] | None = None
        self.timers: dict[Timer, None] = {}
        self.watchers: dict[Monitor, None] = {}  # who wants to hear of our end
        # Of whose end we want to hear. Weak: those monitors belong to the actors that they watch, and go with
        # them when they are gone for good; who watches thousands that come and go does not collect them.
        self.watching: weakref.WeakSet[Monitor] | None = None
        self.registries: dict[Registry, None] = {}  # that hold entries of ours
        self.inner: Any = None  # the supervisor of this incarnation's children
        self.tear_scope: trio.CancelScope | None = None
        self.renew = False  # the scope was cancelled
        self.has_changed: trio.Event | None = None

    # Lifecycle ---------------------------------------------------------------------------

    def changed(self) -> None:
        """Wake those who wait for another lifecycle."""
        if self.has_changed is not None:
            self.has_changed.set()
            self.has_changed = None

    def drop_calls(self) -> None:
        """Forget the timers and monitors of this incarnation; its pending system calls go with them."""
        for timer in list(self.timers):
            timer.cancel()
        for monitor in list(self.watching or ()):
            monitor.cancel()
        self.cell.system_lane = None

    def incarnation_ended(self, reason: ExitReason | None) -> None:
        """Forget what belonged to the incarnation, and tell the watchers."""
        self.drop_calls()
        self.inner = self.tear_scope = None
        self.renew = False
        if reason is not None:
            for monitor in list(self.watchers):
                monitor.report(reason)

    def leave_registries(self) -> None:
        """Have no entry anywhere: the mailbox closes."""
        registries, self.registries = self.registries, {}
        for registry in registries:
            registry.forget(self.cell)

    def take_redeliveries(self) -> list[Redelivered]:
        """Take out the messages that were to be delivered again."""
        taken = list(self.redelivery)
        self.redelivery.clear()
        return taken

    # Cancellable handlers ----------------------------------------------------------------

    def tear(self, ask: Ask) -> bool:
        """Cancel the handler that has *ask* in hand; tell whether there was one to cancel."""
        cell = self.cell
        if cell.in_hand is ask and self.tear_scope is not None:
            # Whatever the handler does now, its scope is spoiled for the next message.
            self.renew = cell.urgent = True
            scope = self.tear_scope
        else:
            task = next((task for task in self.later if task.in_hand is ask), None)
            if task is None:
                return False
            scope = task.scope
        cancel_in_turn(scope, reason="the asker of a cancellable handler was cancelled")
        grace = cell.host.grace
        if grace != math.inf:
            cell.host.system.sweeper.at(trio.current_time() + grace, lambda: _give_up_unwinding(ask))
        return True


def _give_up_unwinding(ask: Ask) -> None:
    if ask.state is TORN:
        ask.release()
