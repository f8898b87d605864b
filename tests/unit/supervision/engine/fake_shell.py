"""A shell without Trio: it does what the engine says; the test decides how starts and stops come out."""

from collections.abc import Callable, Iterable
from typing import Any, assert_never

import attrs
import trio

from trio_smith.exits import KILLED, STOPPED, Crashed, ExitReason
from trio_smith.supervision import ChildSpec, Restart, Strategy, SupervisorSpec
from trio_smith.supervision.engine._actions import (
    Abandoned,
    Action,
    CancelStart,
    Close,
    Finish,
    Quarantined,
    Ready,
    Reply,
    Request,
    Scheduled,
    Start,
    StartChild,
    Stop,
    StopTogether,
    Wait,
)
from trio_smith.supervision.engine._engine import Engine
from trio_smith.supervision.engine._slot import Slot
from trio_smith.supervision.spec._child_spec import default_restart

CRASH = ValueError("crash")


@attrs.define(eq=False)
class Asked:
    """A request as the engine knows it, and the answers that it got."""

    request: Request
    answers: list[object] = attrs.Factory(list)
    withdrawn: bool = False


class FakeShell:
    """See the module. Everything that it checks itself must hold in every run of every engine."""

    def __init__(self, spec: SupervisorSpec, delay: Callable[[int], float] = lambda _attempt: 1.0) -> None:
        self.engine = Engine(spec, name="sup", make_slot=self._make_slot, delay=delay)
        self.now = 0.0
        self.rows: list[str] = []
        self.known: list[Slot] = []  # every slot that was ever made
        self.tasks: dict[Slot, bool] = {}  # those that have a task: whether it is ready
        self.starting: Slot | None = None
        self.stopping: list[Slot] = []
        self.final: set[Slot] = set()  # those that are being stopped for good
        self.waits: list[tuple[Slot, int]] = []
        self.closed: set[Slot] = set()
        self.asked: list[Asked] = []
        self.is_ready = False
        self.finish: Finish | None = None

    # What the test does --------------------------------------------------------------------

    def begin(self, *children: ChildSpec) -> None:
        """Begin with *children*, which have names."""
        given = [StartChild(spec, spec.name) for spec in children]
        self._perform(self.engine.begin(given, self.now))

    def begun(self, *children: ChildSpec) -> None:
        """Begin with *children* and let all become ready."""
        self.begin(*children)
        self.run_up()
        self.rows.clear()

    def ready(self) -> None:
        """The start in progress succeeds."""
        slot = self._started()
        self.tasks[slot] = True
        self._perform(self.engine.started(slot, self.now))

    def fail(self, error: BaseException = CRASH) -> None:
        """The start in progress fails."""
        slot = self._started()
        del self.tasks[slot]
        self._perform(self.engine.start_failed(slot, error, self.now))

    def ignore(self) -> None:
        """The child that is being started says Ignore."""
        slot = self._started()
        del self.tasks[slot]
        self._perform(self.engine.ignored(slot, self.now))

    def stopped(self, reason: ExitReason = STOPPED) -> None:
        """The child whose stop is waited for, or the last of several, ends."""
        self._ends(self.stopping[-1], reason)

    def exit(
        self,
        name: str,
        reason: ExitReason = Crashed(CRASH),  # noqa: B008 - a value
        between: Callable[[], object] = lambda: None,
    ) -> None:
        """The child ends by itself; *between* is what an observer does who hears of it before the engine."""
        slot = self.slot(name)
        assert self.tasks[slot], "only a ready child ends by itself"
        self._ends(slot, reason, between)

    def _ends(self, slot: Slot, reason: ExitReason, between: Callable[[], object] = lambda: None) -> None:
        incarnation = slot.incarnation
        del self.tasks[slot]
        if slot in self.stopping:
            self.stopping.remove(slot)
        if slot in self.final:
            self.final.remove(slot)
            self.closed.add(slot)
        self.engine.note_end(slot, reason)
        between()
        self._perform(self.engine.exited(slot, incarnation, reason, self.now))

    def ask(self, request: Request) -> Asked:
        """Make a request."""
        asked = Asked(request)
        self.asked.append(asked)
        self._perform(self.engine.request(asked, self.now))
        return asked

    def withdraw(self, asked: Asked) -> bool:
        """Take a request back; whether that was possible."""
        asked.withdrawn = self.engine.withdraw(asked)
        return asked.withdrawn

    def resume(self, index: int = 0) -> None:
        """A wait before a restart is over."""
        slot, incarnation = self.waits.pop(index)
        self._perform(self.engine.resume(slot, incarnation, self.now))

    def stop(self, reason: ExitReason = KILLED) -> None:
        """Stop the supervisor."""
        self._perform(self.engine.stop(reason, self.now))

    def run_down(self) -> None:
        """Let every start in progress fail, and everything that is stopped end, until nothing is awaited."""
        while self.starting is not None or self.stopping:
            if self.starting is not None:
                self.fail()
            else:
                self.stopped()

    def run_up(self) -> None:
        """Let every start succeed, and everything that is stopped end, until nothing is awaited."""
        while self.starting is not None or self.stopping:
            if self.starting is not None:
                self.ready()
            else:
                self.stopped()

    def slot(self, name: str) -> Slot:
        """Return the record of a child."""
        return self.engine.slots[name]

    def take(self) -> list[str]:
        """Return what the engine said up to now, and forget it."""
        rows, self.rows = self.rows, []
        return rows

    def states(self) -> dict[str, str]:
        """Return the conditions of the children."""
        return {name: slot.condition.value for name, slot in self.engine.slots.items()}

    # What the engine says ------------------------------------------------------------------

    def _make_slot(self, given: StartChild, name: str) -> Slot:
        spec = given.spec
        slot = Slot(spec, name, spec.restart or default_restart(spec.kind))
        self.known.append(slot)
        return slot

    def _started(self) -> Slot:
        slot, self.starting = self.starting, None
        assert slot is not None, "no start is in progress"
        return slot

    def _perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            assert self.finish is None or isinstance(action, Reply), f"{action} after the end"
            self._do(action)

    def _do(self, action: Action) -> None:  # noqa: C901, PLR0912, PLR0915 - one case an action
        match action:
            case Start(slot):
                assert self.starting is None, "one start at a time"
                assert not self.stopping, "no start while something is being stopped"
                assert slot not in self.tasks, f"two tasks of {slot.id}"
                self.starting, self.tasks[slot] = slot, False
                self.closed.discard(slot)
                self._say("start", slot.id)
            case CancelStart(slot):
                assert slot is self.starting, "only a start in progress can be cancelled"
                self._say("cancel", slot.id)
            case Stop(slot, final, _drain):
                assert self.starting is None
                assert not self.stopping, "one stop at a time"
                self._stop(slot, final=final)
                self._say("stop" if final else "pause", slot.id)
            case StopTogether(slots):
                assert not self.stopping
                for slot in slots:
                    self._stop(slot, final=True)
                self._say("stop-together", *(slot.id for slot in slots))
            case Close(slot):
                assert slot not in self.tasks, f"{slot.id} has a task"
                self.closed.add(slot)
                self._say("close", slot.id)
            case Wait(slot, delay):
                self.waits.append((slot, slot.incarnation))
                self._say("wait", slot.id, f"{delay:g}")
            case Scheduled(slot, _delay, restarts):
                self._say("again", slot.id, str(restarts))
            case Quarantined(slot, restarts):
                self._say("quarantine", slot.id, str(restarts))
            case Abandoned(slot, restarts):
                self._say("give-up", slot.id, str(restarts))
            case Reply(pending, value, error):
                self._answer(pending, value, error)
            case Ready():
                assert not self.is_ready
                self.is_ready = True
                self._say("ready")
            case Finish(reason, _error):
                assert not self.tasks, "it has ended before its children"
                self.finish = action
                self._say("finish", str(reason).split(" (")[0])
            case _:
                assert_never(action)

    def _stop(self, slot: Slot, *, final: bool) -> None:
        assert self.tasks.get(slot), f"{slot.id} is stopped, but has no task"
        self.stopping.append(slot)
        if final:
            self.final.add(slot)

    def _answer(self, pending: Any, value: object, error: Exception | None) -> None:
        assert isinstance(pending, Asked)
        assert not pending.withdrawn, "it was taken back"
        pending.answers.append(error if error is not None else value)
        assert len(pending.answers) == 1, "answered twice"
        self._say("reply", type(error).__name__ if error is not None else "ok")

    def _say(self, *words: str) -> None:
        self.rows.append(" ".join(words))


async def run() -> None:
    """What a child is, as far as the engine is concerned."""
    await trio.sleep_forever()


def spec_of(name: str, restart: Restart = Restart.PERMANENT, **options: Any) -> ChildSpec:
    """Return the spec of a child that nobody will run."""
    return ChildSpec(start=run, name=name, restart=restart, **options)


A, B, C = (spec_of(name) for name in "abc")


def begun(strategy: Strategy = Strategy.ONE_FOR_ONE, **options: object) -> FakeShell:
    """Return a supervisor of a, b and c, all running."""
    shell = FakeShell(SupervisorSpec(strategy=strategy, **options))  # type: ignore[arg-type]
    shell.begun(A, B, C)
    return shell
