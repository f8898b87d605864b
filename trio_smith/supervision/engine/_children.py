"""The children of one supervisor, and the procedures that start and stop them, one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Generator
from enum import Enum
from typing import Any, TypeAlias

from .._errors import StartFailed
from ..spec import Kind, Restart, Strategy, SupervisorSpec, base_name
from ._actions import Action, Close, Start, StartChild, Stop, StopTogether
from ._slot import DOWN, QUARANTINED, RUNNING, STARTING, STOPPING, Condition, Slot

Work: TypeAlias = Generator[Action, Any, None]
"""A procedure: it yields actions, and is resumed after those that take time with their outcome."""


class Phase(Enum):
    """Where a supervisor stands."""

    NEW = "new"
    """Its children are not known yet; what arrives has to wait."""
    RUNNING = "running"
    DOOMED = "doomed"
    """It decides nothing more, and will be stopped from above."""
    STOPPING = "stopping"
    """It stops its children, or has ended."""


class Children:
    """The slots in start order. Children that are up are counted, so that "all are down" costs nothing."""

    _make_slot: Callable[[StartChild, str], Slot]

    def __init__(self, spec: SupervisorSpec, name: str) -> None:
        self.spec, self.name = spec, name
        self.is_pool = spec.strategy is Strategy.DYNAMIC
        """Whether the children are instances of one template."""
        self.slots: dict[str, Slot] = {}
        self.alive = 0
        self.phase = Phase.NEW
        self._names = 0  # given to children that have none
        self.now = 0.0  # when the event that is being handled arrived
        self._inbox: deque[tuple[Any, ...]] = deque()

    @property
    def stopping(self) -> bool:
        """Tell whether it stops its children, or has ended."""
        return self.phase is Phase.STOPPING

    def _add(self, given: StartChild, taken: Container[str]) -> Slot:
        """Make the slot of a new child, behind all others; without a name it gets one that is not *taken*."""
        name = given.name
        while name is None or (given.name is None and name in taken):
            self._names += 1
            name = f"#{self._names}" if self.is_pool else f"{base_name(given.spec)}-{self._names}"
        slot = self.slots[name] = self._make_slot(given, name)
        return slot

    def _set(self, slot: Slot, condition: Condition) -> None:
        if condition.is_up is not slot.condition.is_up:
            self.alive += 1 if condition.is_up else -1
        slot.condition = condition

    def _launch(self, slot: Slot) -> Generator[Action, Any, BaseException | None]:
        """Start one child (OTP: do_start_child); return why it failed, or None."""
        slot.incarnation += 1
        slot.exit, slot.held = None, False
        self._set(slot, STARTING)
        error: BaseException | None = yield Start(slot)
        return error

    def _halt(self, slot: Slot, *, final: bool, drain: float | None = None) -> Work:
        """Stop one child (OTP: do_terminate); a death that was not handled yet is absorbed.

        For good, with *drain* or that of its spec; or until the group that it belongs to is started again.
        """
        if slot.condition is RUNNING and slot.exit is None:
            self._set(slot, STOPPING)
            if not final:
                drain = 0.0
            elif drain is None:
                drain = slot.spec.drain
            yield Stop(slot, final, drain)
            slot.held = not final
            return
        if slot.condition is QUARANTINED and not final:
            return  # it stays set aside until it is released
        was_open = slot.held or slot.incarnation == 0 or slot.condition not in (DOWN, QUARANTINED)
        slot.exit = None
        self._set(slot, DOWN)
        slot.held = was_open and not final
        if was_open and final:
            yield Close(slot)

    def _halt_all(self) -> Work:
        """Stop all children for good, in reverse order; those of a pool together."""
        if self.is_pool:
            living = tuple(s for s in self.slots.values() if s.condition is RUNNING and s.exit is None)
            for slot in living:
                self._set(slot, STOPPING)
            if living:
                yield StopTogether(living, living[0].spec.drain)
        for slot in reversed(list(self.slots.values())):
            yield from self._halt(slot, final=True)

    def _goes_down(self, slot: Slot) -> Work:
        """Leave *slot* down for good; forget it if it is temporary (OTP: del_child)."""
        self._set(slot, DOWN)
        self._forget_if_temporary(slot)
        yield Close(slot)

    def _forget_if_temporary(self, slot: Slot) -> None:
        if slot.restart is Restart.TEMPORARY or self.is_pool:
            self._forget(slot)

    def _forget(self, slot: Slot) -> None:
        del self.slots[slot.id]


def start_failure(slot: Slot, error: BaseException) -> StartFailed:
    """Return the error of a start of *slot* that failed by *error*; paths and causes of nested ones nest."""
    inner = error.path if isinstance(error, StartFailed) and slot.spec.kind is Kind.SUPERVISOR else ()
    return StartFailed(path=(slot.id, *inner), cause=error)
