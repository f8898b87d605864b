"""What OTP's `supervisor` does with a scenario, as one sequential procedure per supervisor.

Written from supervisor.erl's rules and held against recorded runs of OTP itself (test_model_equals_otp.py),
so that a machine without Erlang can still say what OTP would do. It shares nothing with what is tested.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import attrs

from tests.otp.inbox import Asked, Exit, Mail, Mark, Order, Phase, Retry, Slot, Verdict
from tests.otp.scenario import (
    AutoShutdown,
    Node,
    Pool,
    Restart,
    Scenario,
    Start,
    Strategy,
    Supervisor,
    Verb,
    Worker,
    canonical,
)
from tests.otp.stage import Peculiar, Player, Stage, Task, Wait, Work


@attrs.frozen(kw_only=True)
class Prediction:
    """The trace of a scenario, and what is peculiar about it."""

    trace: tuple[str, ...]
    peculiar: frozenset[Peculiar]


def predict(scenario: Scenario) -> Prediction:
    """Return what OTP does in *scenario*."""
    stage = Stage(scenario)
    stage.begin(Process(stage, scenario.root, None))
    for number, step in enumerate(scenario.steps, 1):
        if stage.root.alive:
            stage.take(number, step)
    stage.finish()
    return Prediction(trace=canonical(stage.rows, scenario), peculiar=frozenset(stage.peculiar))


class Process:
    """One incarnation of a supervisor or a pool."""

    def __init__(self, stage: Stage, node: Supervisor | Pool, parent: "Process | None") -> None:
        self.stage, self.node, self.parent = stage, node, parent
        self.id = node.id
        self.alive = True
        self.phase = Phase.STARTING
        self.start_outcome: Start | None = None
        self.culprit = node.id
        self.slots: dict[str, Slot] = {}
        self.restarts = 0
        self.retries_due = 0  # a pool's own count, which OTP does not take back on terminate_child
        self.inbox: deque[Mail] = deque()
        self._work = self._life()
        self._wait: Wait = lambda: True

    def advance(self) -> bool:
        """Go on if what was waited for has come; whether it had."""
        if not self.alive or not self._wait():
            return False
        self._wait = next(self._work, lambda: False)
        return True

    def child_ended(self, task: Task | Player, *, normal: bool) -> None:
        """Take the mail of a child's own exit."""
        self.inbox.append(Exit(task, normal))

    def ask(self, number: int, verb: Verb, id_: str) -> None:
        """Take the mail of a request."""
        if self.phase is not Phase.IDLE or self.inbox:
            self._note_what_ours_refuses_at_once(verb, id_)
        self.inbox.append(Asked(number, verb, id_, self.stage.latest.get(id_)))

    def stop(self) -> None:
        """Take the order to end."""
        if self.phase is Phase.BUSY or (self.phase is Phase.IDLE and self.inbox):
            self.stage.peculiar.add(Peculiar.STOP_MEETS_BUSY_SUPERVISOR)
        self.inbox.append(Order.STOP)

    def _note_what_ours_refuses_at_once(self, verb: Verb, id_: str) -> None:
        gone_or_nobodys = verb is Verb.STOP and id_ not in self.slots
        if isinstance(self.node, Pool):
            refused = gone_or_nobodys or verb in {Verb.RESTART, Verb.DELETE}
        else:
            refused = verb is Verb.START and not self._is_valid(self.stage.nodes[id_])
        if refused:
            self.stage.peculiar.add(Peculiar.REFUSED_OUT_OF_TURN)

    def branch(self) -> str:
        """Its part of a `tree` row."""
        if isinstance(self.node, Pool):
            return f"{self.id}[{' '.join(sorted(self.slots))}]"
        return f"{self.id}({' '.join(map(_twig, self.slots.values()))})"

    # From the start to the end

    def _life(self) -> Work[None]:
        self.start_outcome = yield from self._start()
        self.stage.report(self.start_outcome, self.id)
        if self.start_outcome is not Start.OK:
            self.alive = False
            return
        if self.inbox and self.parent:
            self.stage.peculiar.add(Peculiar.RACE)
        self.stage.up[self.id] = self
        verdict = None
        while verdict is None:
            self.phase = Phase.IDLE
            yield lambda: bool(self.inbox)
            self.phase = Phase.BUSY
            verdict = yield from self._handle(self.inbox.popleft())
        self.phase = Phase.ENDING
        if isinstance(self.node, Pool):
            yield from self._stop_at_once()
        else:
            yield from self._stop_backwards(list(self.slots.values()))
        self.stage.rows.append(f"ended {self.id} {verdict.value}")
        del self.stage.up[self.id]
        self.alive = False
        if self.parent:
            self.parent.child_ended(self, normal=True)

    def _start(self) -> Work[Start]:
        self.stage.rows.append(f"starting {self.id}")
        outcome = yield from self.stage.attempt(self.node)
        if outcome is Start.OK and isinstance(self.node, Supervisor):
            self.slots = {
                child.id: Slot(child, child.restart, child.significant) for child in self.node.children
            }
            failed = yield from self._start_in_order(list(self.slots.values()))
            if failed:
                yield from self._stop_backwards(list(self.slots.values()))
                return Start.FAIL
        return outcome

    def _handle(self, mail: Mail) -> Work[Verdict | None]:
        match mail:
            case Order():
                return Verdict.STOPPED
            case Exit(task, normal):
                return (yield from self._handle_exit(task, normal=normal))
            case Retry(id_):
                slot = self.slots.get(id_)
                if slot and slot.place is Mark.RESTARTING:
                    return (yield from self._restart(slot))
            case Asked(number, verb, id_, seen):
                if (
                    isinstance(self.node, Pool)
                    and verb is Verb.STOP
                    and self.stage.latest.get(id_) is not seen
                ):
                    self.stage.peculiar.add(Peculiar.HANDLE_OUTLIVES_PID)
                answers = POOL_ANSWERS if isinstance(self.node, Pool) else ANSWERS
                self.stage.answers[number] = yield from answers[verb](self, id_)
        return None

    # A child's own exit

    def _handle_exit(self, task: Task | Player, *, normal: bool) -> Work[Verdict | None]:
        slot = next((slot for slot in self.slots.values() if slot.place is task), None)
        if slot is None:
            return None
        if slot.restart is Restart.PERMANENT or (slot.restart is Restart.TRANSIENT and not normal):
            return (yield from self._restart(slot))
        self._forget(slot)
        return Verdict.AUTO_SHUTDOWN if self._shuts_down_after(slot) else None

    def _forget(self, slot: Slot) -> None:
        if slot.restart is Restart.TEMPORARY or isinstance(self.node, Pool):
            del self.slots[slot.node.id]
        else:
            slot.place = Mark.DOWN

    def _shuts_down_after(self, slot: Slot) -> bool:
        if not slot.significant or self.node.auto_shutdown is AutoShutdown.NEVER:
            return False
        if self.node.auto_shutdown is AutoShutdown.ANY_SIGNIFICANT:
            return True
        return not any(other.significant and other.place is not Mark.DOWN for other in self.slots.values())

    # Restarts

    def _restart(self, slot: Slot) -> Work[Verdict | None]:
        self.restarts += 1
        if self.restarts > self.node.max_restarts:
            self._forget(slot)
            return Verdict.GAVE_UP
        if isinstance(self.node, Pool):
            failed = yield from self._restart_instance(slot)
        elif self.node.strategy is Strategy.ONE_FOR_ONE:
            failed = yield from self._start_in_order([slot])
        else:
            slot.place = Mark.DOWN
            group = self._group_of(slot)
            yield from self._stop_backwards(group)
            failed = yield from self._start_in_order(
                [member for member in group if member.node.id in self.slots]
            )
        if failed:
            failed.place = Mark.RESTARTING
            self.inbox.append(Retry(failed.node.id))
        return None

    def _group_of(self, slot: Slot) -> list[Slot]:
        everybody = list(self.slots.values())
        if isinstance(self.node, Supervisor) and self.node.strategy is Strategy.ONE_FOR_ALL:
            return everybody
        return everybody[everybody.index(slot) :]

    def _restart_instance(self, slot: Slot) -> Work[Slot | None]:
        self.retries_due -= slot.place is Mark.RESTARTING
        failed = yield from self._start_in_order([slot])
        self.retries_due += failed is not None
        if slot.place is Mark.DOWN:
            self.stage.peculiar.add(Peculiar.IGNORED_RESTART_IN_POOL)
            del self.slots[slot.node.id]
        return failed

    # Starting and stopping

    def _start_in_order(self, slots: list[Slot]) -> Work[Slot | None]:
        """Start *slots* up to the first that fails, and return that one."""
        for slot in slots:
            outcome = yield from self._start_one(slot)
            if outcome is Start.FAIL:
                return slot
            if outcome is Start.IGNORE and slot.restart is Restart.TEMPORARY:
                del self.slots[slot.node.id]
        return None

    def _start_one(self, slot: Slot) -> Work[Start]:
        """Try to start one child; after a failure its place is as it was, and `culprit` says who failed."""
        if isinstance(slot.node, Worker):
            culprit = slot.node.id
            task: Task | Player = Task(slot.node, self)
            outcome = yield from self.stage.attempt(slot.node)
            self.stage.report(outcome, slot.node.id)
        else:
            task = process = Process(self.stage, slot.node, self)
            self.stage.admit(process)
            yield lambda: process.start_outcome is not None
            outcome, culprit = process.start_outcome or Start.FAIL, process.culprit
        match outcome:
            case Start.OK:
                slot.place = self.stage.latest[slot.node.id] = task
            case Start.IGNORE:
                slot.place = Mark.DOWN
            case _:
                self.culprit = culprit
        return outcome

    def _stop_backwards(self, slots: list[Slot]) -> Work[None]:
        for slot in reversed(slots):
            yield from self._stop(slot)

    def _stop(self, slot: Slot) -> Work[None]:
        """End the child's task, if there is one. Mail of an end that it had by itself will find nobody."""
        match slot.place:
            case Task() as task if task.alive:
                yield from self.stage.end_worker(task)
            case Process() as process if process.alive:
                process.stop()
                yield lambda: not process.alive
        self._forget(slot)

    def _stop_at_once(self) -> Work[None]:
        """End all instances of a pool together."""
        tasks = [
            slot.place for slot in self.slots.values() if isinstance(slot.place, Task) and slot.place.alive
        ]
        ends = [self.stage.end_worker(task) for task in tasks]
        for end in ends:
            next(end, None)
        # Each waits for the script at most once.
        while any(task.alive for task in tasks):
            yield lambda: any(task.alive and not self.stage.holds(task) for task in tasks)
            for task, end in zip(tasks, ends, strict=True):
                if not self.stage.holds(task):
                    next(end, None)

    # Requests to a supervisor

    def _asked_to_start(self, id_: str) -> Work[str]:
        node = self.stage.nodes[id_]
        if not self._is_valid(node):
            return "InvalidSpec"
        if id_ in self.slots:
            return "AlreadyPresent" if isinstance(self.slots[id_].place, Mark) else "AlreadyStarted"
        slot = Slot(node, node.restart, node.significant)
        answer = yield from self._start_for_caller(slot)
        if answer == "started" or (answer == "ignored" and slot.restart is not Restart.TEMPORARY):
            self.slots[id_] = slot
        return answer

    def _is_valid(self, node: Node) -> bool:
        never = node.restart is Restart.PERMANENT or self.node.auto_shutdown is AutoShutdown.NEVER
        return not (node.significant and never)

    def _asked_to_stop(self, id_: str) -> Work[str]:
        if id_ not in self.slots:
            return "ChildNotFound"
        yield from self._stop(self.slots[id_])
        return "ok"

    def _asked_to_restart(self, id_: str) -> Work[str]:
        obstacle = self._why_not_down(id_)
        return obstacle or (yield from self._start_for_caller(self.slots[id_]))

    def _asked_to_delete(self, id_: str) -> Work[str]:
        yield from ()
        obstacle = self._why_not_down(id_)
        if not obstacle:
            del self.slots[id_]
        return obstacle or "ok"

    def _asked_to_count(self, _id: str) -> Work[str]:
        yield from ()
        slots = self.slots.values()
        workers = sum(isinstance(slot.node, Worker) for slot in slots)
        active = sum(not isinstance(slot.place, Mark) and slot.place.alive for slot in slots)
        if not isinstance(self.node, Pool):
            return f"specs={len(slots)} active={active} supervisors={len(slots) - workers} workers={workers}"
        if len(slots) - self.retries_due != active:
            self.stage.peculiar.add(Peculiar.POOL_COUNTS_ITS_DEAD)
        return f"specs=1 active={len(slots) - self.retries_due} supervisors=0 workers={workers}"

    def _why_not_down(self, id_: str) -> str:
        if id_ not in self.slots:
            return "ChildNotFound"
        place = self.slots[id_].place
        return (
            {Mark.DOWN: "", Mark.RESTARTING: "ChildRestarting"}[place]
            if isinstance(place, Mark)
            else "ChildRunning"
        )

    def _start_for_caller(self, slot: Slot) -> Work[str]:
        outcome = yield from self._start_one(slot)
        return {Start.OK: "started", Start.IGNORE: "ignored"}.get(outcome, f"StartFailed {self.culprit}")

    # Requests to a pool

    def _asked_to_start_instance(self, id_: str) -> Work[str]:
        pool = self.node
        assert isinstance(pool, Pool), "only a pool has instances"
        slot = Slot(self.stage.nodes[id_], pool.instance_restart, pool.instance_significant)
        answer = yield from self._start_for_caller(slot)
        if answer == "started":
            self.slots[id_] = slot
        return answer

    def _asked_to_stop_instance(self, id_: str) -> Work[str]:
        if id_ not in self.stage.latest:
            return "PoolHasNoIds"
        if id_ not in self.slots:
            return "ChildNotFound" if self.stage.latest[id_].alive else "ok"
        yield from self._stop(self.slots[id_])
        return "ok"

    def _refuse(self, _id: str) -> Work[str]:
        yield from ()
        return "PoolHasNoIds"


def _twig(slot: Slot) -> str:
    match slot.place:
        case Mark() as mark:
            return slot.node.id + mark.value
        case Task():
            return slot.node.id + "+"
        case process:
            return process.branch()


Answer = Callable[[Process, str], Work[str]]
ANSWERS: Final[dict[Verb, Answer]] = {
    Verb.START: Process._asked_to_start,
    Verb.STOP: Process._asked_to_stop,
    Verb.RESTART: Process._asked_to_restart,
    Verb.DELETE: Process._asked_to_delete,
    Verb.COUNT: Process._asked_to_count,
}
POOL_ANSWERS: Final[dict[Verb, Answer]] = ANSWERS | {
    Verb.START: Process._asked_to_start_instance,
    Verb.STOP: Process._asked_to_stop_instance,
    Verb.RESTART: Process._refuse,
    Verb.DELETE: Process._refuse,
}
