"""The procedures that serve requests, in turn with everything else."""

from __future__ import annotations

from typing import Any, assert_never

from .._errors import (
    AlreadyPresent,
    AlreadyStarted,
    ChildNotFound,
    ChildRestarting,
    ChildRunning,
    NotQuarantined,
    PoolFull,
    PoolHasNoIds,
)
from ..spec import Kind
from ._actions import (
    ChildCounts,
    Close,
    CountChildren,
    DeleteChild,
    ReleaseChild,
    Reply,
    RestartChild,
    StartChild,
    StopChild,
)
from ._children import Children, Work, start_failure
from ._slot import DOWN, QUARANTINED, RESTARTING, RUNNING, Condition, Slot


class Requests(Children):
    """What may be asked of a supervisor, but for stopping it as a whole."""

    def _serve(self, pending: Any) -> Work:
        request = pending.request
        match request:
            case StartChild():
                return self._start_child(pending, request)
            case StopChild():
                return self._stop_child(pending, request.child, request.drain)
            case RestartChild() | ReleaseChild():
                return self._restart_child(pending, request)
            case DeleteChild():
                return self._delete_child(pending, request.child)
            case CountChildren():
                return self._count_children(pending)
            case _:
                raise AssertionError(f"no such request: {request!r}")

    def _start_child(self, pending: Any, request: StartChild) -> Work:
        known = self.slots.get(request.name) if request.name is not None else None
        limit = self.spec.max_children
        if known is not None:
            error = (
                AlreadyStarted if known.condition is RUNNING else AlreadyPresent
            )  # restarting too, as in OTP
            yield Reply(pending, error=error(child=known.id))
            return
        if self.is_pool and limit is not None and len(self.slots) >= limit:
            yield Reply(pending, error=PoolFull(pool=self.name, max_children=limit))
            return
        slot = self._add(request, self.slots)
        failed = yield from self._launch(slot)
        if failed is not None:
            self._forget(slot)
            yield Close(slot)
            yield Reply(pending, error=start_failure(slot, failed))
            return
        if slot.condition is DOWN:
            yield from self._goes_down(slot)
        yield Reply(pending, slot)

    def _stop_child(self, pending: Any, child: str | Slot, drain: float | None) -> Work:
        if isinstance(child, Slot):
            slot: Slot | None = child
            if self.slots.get(child.id) is not child:
                yield Reply(pending)  # an instance that is no longer known
                return
        elif self.is_pool:
            yield Reply(pending, error=PoolHasNoIds(child=child))
            return
        else:
            slot = self.slots.get(child)
        if slot is None:
            yield Reply(pending, error=ChildNotFound(child=str(child)))
            return
        retried = slot.condition is RESTARTING
        yield from self._halt(slot, final=True, drain=drain)
        self._forget_if_temporary(slot)
        if retried and not any(other.condition is RESTARTING for other in self.slots.values()):
            for other in self.slots.values():  # they waited for the retry that will not be
                if other.held:
                    other.held = False
                    yield Close(other)
        yield Reply(pending)

    def _restart_child(self, pending: Any, request: RestartChild | ReleaseChild) -> Work:
        slot, error = self._down_child(request.child, release=isinstance(request, ReleaseChild))
        if slot is None:
            yield Reply(pending, error=error)
            return
        if slot.window is not None:
            slot.window.clear()
        before = slot.condition
        slot.attempts = 0
        failed = yield from self._launch(slot)
        if failed is not None:
            self._set(slot, before)
            yield Close(slot)
            yield Reply(pending, error=start_failure(slot, failed))
            return
        if slot.condition is DOWN:
            yield Close(slot)
        yield Reply(pending, slot)

    def _delete_child(self, pending: Any, child: str) -> Work:
        slot, error = self._down_child(child, release=None)
        if slot is not None:
            self._forget(slot)
            if slot.held:
                yield Close(slot)
        yield Reply(pending, error=error)

    def _down_child(self, child: str, *, release: bool | None) -> tuple[Slot | None, Exception | None]:
        """Return the child if it is down (in quarantine if *release* says so), or why it is refused."""
        slot = self.slots.get(child)
        if self.is_pool:
            return None, PoolHasNoIds(child=child)
        if slot is None:
            return None, ChildNotFound(child=child)
        if release and slot.condition is not QUARANTINED:
            return None, NotQuarantined(child=child)
        match slot.condition:
            case Condition.DOWN | Condition.QUARANTINED:
                return slot, None
            case Condition.RESTARTING:
                return None, ChildRestarting(child=child)
            case Condition.STARTING | Condition.RUNNING | Condition.STOPPING:
                return None, ChildRunning(child=child)
            case _:
                assert_never(slot.condition)

    def _count_children(self, pending: Any) -> Work:
        slots = self.slots.values()
        specs = 1 if self.is_pool else len(slots)
        # As in OTP: a dead child whose exit was not handled yet is not active, but an instance of a pool is.
        active = sum(slot.condition is RUNNING and (self.is_pool or slot.exit is None) for slot in slots)
        template = self.spec.template
        if self.is_pool:
            supervisors = len(slots) if template is not None and template.kind is Kind.SUPERVISOR else 0
            workers = len(slots) - supervisors
        else:
            supervisors = sum(slot.spec.kind is Kind.SUPERVISOR for slot in slots)
            workers = len(slots) - supervisors
        yield Reply(
            pending, ChildCounts(specs=specs, active=active, supervisors=supervisors, workers=workers)
        )
