"""The procedures of a restart: the intensity, the strategies, retries and backoff."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, assert_never

from ...errors import FailureError
from ...exits import Crashed, ExitReason, ShutDown
from ...resilience import SlidingWindow
from .._errors import Escalated, RestartIntensityExceeded, SignificantEnded, Undecided
from ..spec import UNLIMITED, Decision, Restart, Strategy, SupervisorSpec
from ._actions import Abandoned, Action, Close, Quarantined, Scheduled, Wait
from ._children import Children, Work
from ._rules import decision_about, shuts_down, wants_restart
from ._slot import DOWN, QUARANTINED, RESTARTING, Slot

# How many failures a supervisor remembers: they hold tracebacks, and those hold frames.
KEPT_FAILURES = 8


class Restarts(Children):
    """What a supervisor does about a child that has ended by itself."""

    _ending: Callable[[ExitReason], Work]  # the engine ends the supervisor

    def __init__(self, spec: SupervisorSpec, name: str, delay: Callable[[int], float]) -> None:
        super().__init__(spec, name)
        self._delay = delay
        limit = spec.max_restarts
        self._each_alone = spec.strategy in (Strategy.ONE_FOR_ONE, Strategy.DYNAMIC)
        self._window = SlidingWindow(0 if limit is UNLIMITED else limit, spec.within)
        self._failures: deque[BaseException] = deque(maxlen=KEPT_FAILURES)

    def restarts_in_window(self, now: float) -> int:
        """Return how many restarts the intensity remembers at *now*."""
        return self._window.count(now)

    def _on_exit(self, slot: Slot, incarnation: int) -> Work:
        """A child has ended by itself (OTP: restart_child, do_restart)."""
        reason = slot.exit
        if reason is None or slot.incarnation != incarnation:
            return  # absorbed by a stop, or of an incarnation that is over
        slot.exit = None
        if isinstance(reason, Crashed):
            self._failures.append(reason.exception)
        elif isinstance(reason, ShutDown) and isinstance(reason.why, FailureError):
            self._failures.append(reason.why)  # a supervisor that gave up
        decision = self._decide(reason) if self.spec.failures else Decision.RESTART
        if not isinstance(decision, Decision):
            yield from self._escalate(slot, decision)
        elif decision is Decision.RESTART and wants_restart(slot.restart, reason):
            yield from self._restart(slot)
        else:
            yield from self._goes_down(slot)
            yield from self._shut_down_after(slot)

    def _decide(self, reason: ExitReason) -> Decision | BaseException:
        """Return what the spec's ``failures`` say of *reason*; for ESCALATE, the failure to escalate with."""
        try:
            decision = decision_about(reason, self.spec.failures)
        except Undecided as undecided:
            return undecided
        if decision is not Decision.ESCALATE:
            return decision
        if isinstance(reason, Crashed):
            return reason.exception
        assert isinstance(reason, ShutDown), "nothing else escalates"
        assert isinstance(reason.why, Escalated)
        return reason.why

    def _shut_down_after(self, slot: Slot) -> Work:
        """An own end led to no restart: end the supervisor if that is so agreed (OTP: do_auto_shutdown)."""
        if shuts_down(self.spec.auto_shutdown, slot, self.slots.values()):
            yield from self._ending(ShutDown(SignificantEnded(child=slot.id)))

    def _escalate(self, slot: Slot, failure: BaseException) -> Work:
        yield Abandoned(slot, 0)
        yield from self._goes_down(slot)
        error = Escalated(supervisor=self.name, child=slot.id, failure=failure)
        yield from self._ending(ShutDown(error))

    def _restart(self, slot: Slot) -> Work:
        """Restart by the strategy, if the intensity allows it (OTP: restart/2)."""
        allowed, restarts = self._count_restart(slot)
        if not allowed:
            too_many = self._give_up if slot.spec.quarantine is None else self._set_aside
            yield from too_many(slot, restarts)
            return
        self._set(slot, RESTARTING)
        delay = 0.0 if self.spec.backoff is None else self._delay(slot.attempts)
        yield Scheduled(slot, delay, restarts, slot.incarnation)
        if self.spec.backoff is None:
            yield from self._restart_now(slot)
        else:
            yield from self._halt_others(slot)
            yield Wait(slot, delay)

    def _set_aside(self, slot: Slot, restarts: int) -> Work:
        """Put *slot* into quarantine; those that were stopped for its sake go on without it."""
        self._set(slot, QUARANTINED)
        slot.held = False
        yield Quarantined(slot, restarts)
        yield Close(slot)
        yield from self._start_in_order([one for one in reversed(self.slots.values()) if one.held])
        yield from self._shut_down_after(slot)

    def _give_up(self, slot: Slot, restarts: int) -> Work:
        yield Abandoned(slot, restarts)
        yield from self._goes_down(slot)
        yield from self._ending(ShutDown(self._exceeded(slot, restarts)))

    def _count_restart(self, slot: Slot) -> tuple[bool, int]:
        """Count one restart; tell whether it is still allowed, and which it is (OTP: add_restart)."""
        backoff, own, limit = self.spec.backoff, slot.spec.quarantine, self.spec.max_restarts
        if backoff is not None:
            if slot.ready_at is not None and self.now - slot.ready_at >= backoff.healthy_after:
                slot.attempts = 0
            slot.ready_at = None  # a start that fails is no healthy spell, however long it takes
            slot.attempts += 1
        if own is not None:
            if slot.window is None:
                slot.window = SlidingWindow(own.max_restarts, own.within)
            return slot.window.admit(self.now), len(slot.window)
        if backoff is not None:
            return limit is UNLIMITED or slot.attempts <= limit, slot.attempts
        return self._window.admit(self.now), len(self._window)

    def _exceeded(self, slot: Slot, restarts: int) -> RestartIntensityExceeded:
        return RestartIntensityExceeded(
            supervisor=self.name,
            child=slot.id,
            restarts=restarts,
            within=self.spec.within if self.spec.backoff is None else math.inf,
            failures=tuple(self._failures),
        )

    def _restart_now(self, slot: Slot) -> Work:
        if self._each_alone:
            yield from self._start_in_order([slot])
            return
        yield from self._halt_others(slot)
        self._set(slot, DOWN)
        slot.held = True
        yield from self._start_in_order(self._group(slot))

    def _group(self, slot: Slot) -> list[Slot]:
        """Return who is restarted together with *slot*, itself included, last first."""
        group = list(reversed(self.slots.values()))
        match self.spec.strategy:
            case Strategy.ONE_FOR_ALL:
                return group
            case Strategy.REST_FOR_ONE:
                return group[: group.index(slot) + 1]
            case Strategy.ONE_FOR_ONE | Strategy.DYNAMIC:
                return [slot]
            case _:
                assert_never(self.spec.strategy)

    def _halt_others(self, slot: Slot) -> Work:
        """Stop those who are restarted together with *slot*; drop the temporary ones."""
        for other in self._group(slot):
            if other is slot:
                continue
            temporary = other.restart is Restart.TEMPORARY
            yield from self._halt(other, final=temporary)
            if temporary:
                self._forget(other)

    def _start_in_order(self, group: list[Slot]) -> Work:
        """Start *group*, which is given last first, up to the first that will be tried again.

        Those in quarantine are left out.
        """
        left_down: list[Slot] = []
        while group:
            one = group.pop()
            if one.condition is QUARANTINED:
                continue
            error = yield from self._launch(one)
            if error is not None:
                if (yield from self._try_again(one, error)):
                    break
                left_down.append(one)
            elif one.condition is DOWN:  # it ignored the restart
                yield from self._goes_down(one)
        for one in left_down:  # now, when those whose turn came after them are up
            yield from self._shut_down_after(one)

    def _try_again(self, slot: Slot, error: BaseException) -> Generator[Action, Any, bool]:
        """Send oneself a retry: what has arrived meanwhile is served before it (OTP: send_again).

        Return False if the spec's ``failures`` have decided otherwise: then *slot* is down.
        """
        self._failures.append(error)
        decision = self._decide(Crashed(error))
        if not isinstance(decision, Decision):
            yield from self._escalate(slot, decision)
        if decision is Decision.STOP:
            yield from self._goes_down(slot)
            return False
        self._set(slot, RESTARTING)
        self._inbox.append((self._on_retry, slot))
        return True

    def _on_retry(self, slot: Slot) -> Work:
        """The turn of a retry (OTP: try_again_restart); uncounted if it is no longer wanted.

        It may be an older one, if the child has failed once more meanwhile; then the newer one is moot.
        """
        if slot.condition is RESTARTING and self.slots.get(slot.id) is slot:
            yield from self._restart(slot)

    def _on_resume(self, slot: Slot, incarnation: int) -> Work:
        """The end of a backoff's wait."""
        if (
            slot.condition is RESTARTING
            and slot.incarnation == incarnation
            and self.slots.get(slot.id) is slot
        ):
            yield from self._restart_now(slot)
