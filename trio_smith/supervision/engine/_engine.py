"""The decision maker of one supervisor: OTP's ``supervisor`` as a machine without tasks or clocks.

It handles one thing at a time (a request, a child's exit, or a retry it sent itself), in order of
arrival. Each handling is a generator that reads like the sequential procedure it is: it yields
actions, and pauses after those that take time (start, stop) until their outcome is reported. Every
method that reports something returns the actions to be performed now, in order.

Source: ``supervisor.erl`` of OTP; the names of its functions stand in the comments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from ...exits import ExitReason, ShutDown
from .._errors import SupervisorStopped
from ..spec import SupervisorSpec
from ._actions import (
    Action,
    CancelStart,
    Close,
    Finish,
    Ready,
    Reply,
    Start,
    StartChild,
    Stop,
    StopChild,
    StopTogether,
)
from ._children import Phase, Work, start_failure
from ._requests import Requests
from ._restarts import Restarts
from ._slot import DOWN, RUNNING, STOPPING, Slot

_TAKES_TIME = frozenset((Start, Stop, StopTogether))


class Engine(Restarts, Requests):
    """See the module. *make_slot* makes the record of a child; *delay* returns a backoff's seconds."""

    def __init__(
        self,
        spec: SupervisorSpec,
        *,
        name: str,
        make_slot: Callable[[StartChild, str], Slot],
        delay: Callable[[int], float] = lambda _attempt: 0.0,
    ) -> None:
        super().__init__(spec, name, delay)
        self._make_slot = make_slot
        self._work: Work | None = None
        self._awaited: Any = None  # the Start, Stop or StopTogether whose outcome is due
        self._stopping_together = 0  # how many of them have not ended yet
        self._pending: Any = None  # the request that is being served
        self._overtaken: ExitReason | None = None  # a stop came while something was going on

    @property
    def idle(self) -> bool:
        """Tell whether nothing is being handled, and nothing waits to be."""
        return self._work is None and self.phase is not Phase.NEW

    def awaits(self, slot: Slot) -> bool:
        """Tell whether the engine is waiting for the start or the stop of *slot*."""
        awaited = self._awaited
        if awaited is None:
            return False
        if isinstance(awaited, StopTogether):
            return slot.condition is STOPPING
        return bool(awaited.slot is slot)

    # What happens ------------------------------------------------------------------------

    def begin(self, children: Iterable[StartChild], now: float) -> list[Action]:
        """Start the children of the spec (OTP: init), unless it was stopped before it began."""
        if self.phase is not Phase.NEW:
            return []
        self.phase = Phase.RUNNING
        given = list(children)
        taken = {one.name for one in given if one.name is not None}
        for one in given:
            self._add(one, taken)
        self._work = self._starting()
        return self._run(None, now)

    def started(self, slot: Slot, now: float) -> list[Action]:
        """Note that *slot* is ready."""
        self._set(slot, RUNNING)
        if self.spec.backoff is not None:
            slot.ready_at = now
        return self._outcome(slot, None, now)

    def ignored(self, slot: Slot, now: float) -> list[Action]:
        """Note that *slot* ignored its start: it counts as started and has no task."""
        self._set(slot, DOWN)
        return self._outcome(slot, None, now)

    def start_failed(self, slot: Slot, error: BaseException, now: float) -> list[Action]:
        """Note that *slot* did not become ready."""
        self._set(slot, DOWN)
        return self._outcome(slot, error, now)

    def note_end(self, slot: Slot, reason: ExitReason) -> None:
        """Note on *slot* that it has ended; `exited` will follow, when everybody has been told."""
        if not self.awaits(slot):
            slot.exit = reason

    def exited(self, slot: Slot, incarnation: int, reason: ExitReason, now: float) -> list[Action]:
        """Handle in its turn that an incarnation of *slot* has ended."""
        if slot.incarnation != incarnation or slot.condition is DOWN:
            return []  # absorbed meanwhile, and perhaps begun again
        if slot.exit is None and self.awaits(slot):
            self._set(slot, DOWN)
            awaited = self._awaited
            if isinstance(awaited, StopTogether):
                self._stopping_together -= 1
                if self._stopping_together:
                    return []
            return self._outcome(slot, None, now)
        slot.exit = reason
        return self._arrived(now, self._on_exit, slot, slot.incarnation)

    def resume(self, slot: Slot, incarnation: int, now: float) -> list[Action]:
        """Note that the wait before a restart is over."""
        return self._arrived(now, self._on_resume, slot, incarnation)

    def request(self, pending: Any, now: float) -> list[Action]:
        """Take a request; ``pending.request`` says what is wanted, and `Reply` answers it."""
        if self.stopping:
            return [Reply(pending, error=self._stopped_error())]
        return self._arrived(now, self._on_request, pending)

    def withdraw(self, pending: Any) -> bool:
        """Take a request back; False if it was begun already."""
        for entry in self._inbox:
            if entry[1] is pending:
                self._inbox.remove(entry)
                return True
        return False

    def stop(self, reason: ExitReason, now: float) -> list[Action]:
        """Stop the supervisor: overtakes the queue, cancels a start, lets a stop in progress finish."""
        if self.stopping:
            return []
        self.phase, self.now = Phase.STOPPING, now
        if self._work is None:
            self._work = self._ending(reason)
            return self._run(None, now)
        self._overtaken = reason
        refused = self._refuse_waiting()
        if isinstance(self._awaited, Start):
            return [*refused, CancelStart(self._awaited.slot)]
        return refused

    def doom(self) -> None:
        """Decide nothing more: the whole tree is about to be stopped, and `stop` will come from above.

        What happens until then is only noted, so that a child that asked the program to end is not
        started again by anybody.
        """
        if self.phase is not Phase.STOPPING:
            self.phase = Phase.DOOMED

    def abandon(self) -> None:
        """End at once, as after a bug of ours; nothing more is decided or answered."""
        self._inbox.clear()
        self._work = self._awaited = self._pending = None
        self.phase = Phase.STOPPING

    # The machine -------------------------------------------------------------------------

    def _outcome(self, slot: Slot, error: BaseException | None, now: float) -> list[Action]:
        assert self._awaited is not None, f"nothing is awaited of {slot.id}"
        self._awaited = None
        if self._overtaken is None and self.phase is not Phase.DOOMED:
            return self._run(error, now)
        # A stop overtook what was going on. A child whose stop was requested is down by now, and its
        # requester is told so; everything else is dropped.
        work, pending, reason = self._work, self._pending, self._overtaken
        assert work is not None
        actions: list[Action] = [Close(slot)] if slot.condition is DOWN else []
        if pending is not None and slot.condition is DOWN and isinstance(pending.request, StopChild):
            actions.extend(work)
        elif pending is not None:
            actions.append(Reply(pending, error=self._stopped_error()))
        work.close()
        self._overtaken = self._pending = self._work = None
        if reason is not None:
            self._work = self._ending(reason)
        return actions + self._run(None, now)

    def _arrived(self, now: float, *entry: Any) -> list[Action]:
        """Handle something now if nothing else is being handled, else in its turn."""
        if self._work is not None or self.phase is not Phase.RUNNING:
            self._inbox.append(entry)
            return []
        procedure, *arguments = entry
        self._work = procedure(*arguments)
        return self._run(None, now)

    def _run(self, outcome: BaseException | None, now: float) -> list[Action]:
        self.now = now
        actions: list[Action] = []
        while True:
            if self._work is None:
                if not self._inbox or self.phase is not Phase.RUNNING:
                    return actions
                procedure, *arguments = self._inbox.popleft()
                self._work = procedure(*arguments)
            work = self._work
            assert work is not None
            try:
                action = work.send(outcome)
            except StopIteration:
                self._work = self._pending = outcome = None
                continue
            outcome = None
            actions.append(action)
            kind = type(action)
            if kind in _TAKES_TIME:
                self._awaited = action
                if isinstance(action, StopTogether):
                    self._stopping_together = len(action.slots)
                return actions
            if kind is Finish:
                work.close()
                self._work = None
                return actions

    def _stopped_error(self) -> SupervisorStopped:
        return SupervisorStopped(supervisor=self.name)

    # Procedures --------------------------------------------------------------------------

    def _starting(self) -> Work:
        """Start the children of the spec, in order (OTP: init, start_children)."""
        for slot in list(self.slots.values()):
            error = yield from self._launch(slot)
            if error is not None:
                yield Close(slot)
                failure = start_failure(slot, error)
                yield from self._ending(ShutDown(failure), failure)
            if slot.condition is DOWN:  # it ignored the start
                yield from self._goes_down(slot)
        yield Ready()

    def _refuse_waiting(self) -> list[Action]:
        """Answer the requests that wait: they will not be served."""
        waiting = [entry[1] for entry in self._inbox if entry[0] == self._on_request]
        self._inbox = deque(entry for entry in self._inbox if entry[0] != self._on_request)
        return [Reply(pending, error=self._stopped_error()) for pending in waiting]

    def _on_request(self, pending: Any) -> Work:
        self._pending = pending
        return self._serve(pending)

    def _ending(self, reason: ExitReason, error: BaseException | None = None) -> Work:
        """End the supervisor (OTP: terminate), by *error* if its own start has failed."""
        self.phase = Phase.STOPPING
        # First, or a child that waits for an answer could not end before its grace has passed.
        yield from self._refuse_waiting()
        yield from self._halt_all()
        self._inbox.clear()
        yield Finish(reason, error)
