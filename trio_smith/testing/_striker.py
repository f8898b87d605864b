"""Count the steps of a scenario's tasks, strike at one of them, and look at everything after each."""

from __future__ import annotations

import attrs
import trio
from trio.lowlevel import Task

from ..supervision.life import await_point
from ._deterministic import about_to_raise
from ._interrupt import Interruption
from ._point import Blow, Strike
from ._stage import Hit, Stage

_REASON = "the sweep strikes"


NOBODY = "nobody: all wait"
# A scenario that takes more steps is busy for ever: it may swallow a cancellation and try again.
MOST_STEPS = 100_000


class Striker(trio.abc.Instrument):
    """Acts just before a step: exactly one point where a task waits is hit, and it is the same each time.

    A moment when all tasks wait counts as a step, too. Without it a task that is alone would never be struck
    while it waits: before its next step, what it waits for has happened.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.steps: list[str] = []
        """The names of the tasks that took a step, in order; `NOBODY` when all of them waited."""
        self.all_steps = 0
        """How many steps all tasks took, also Trio's own."""
        self.open: dict[str, list[int]] = {}
        """The steps at which each victim could have been struck."""
        self._root: Task | None = None
        self._below: dict[Task, bool] = {}
        self._rested = True
        self._interruption: Interruption | None = None
        self._delivered: dict[Blow, tuple[int, str]] = {}
        self._victim: trio.CancelScope | None = None

    # What the run says -------------------------------------------------------------------

    def begin(self, root: Task) -> None:
        """Count the steps of *root* and of all tasks below it from now on."""
        self._root = root
        self._below = {root: True}
        self._rested = False

    def end(self) -> None:
        """Count no more: the scenario is over."""
        self._root = None

    def forget_tasks(self) -> None:
        """Let go of the tasks, so that they can be collected."""
        self._root = None
        self._below.clear()

    # What Trio says ----------------------------------------------------------------------

    def before_task_step(self, task: Task) -> None:
        """Count, and strike if it is time."""
        self.all_steps += 1
        if self._root is None or not self._is_below(task):
            return
        self._rested = False
        self._count(task)
        if self.stage.hits:
            self._look_what_arrives(task)

    def before_io_wait(self, timeout: float) -> None:  # noqa: ARG002 - it is virtual
        """Count the moment if all wait, and strike if it is time."""
        if self._root is None or self._rested or self.all_steps > MOST_STEPS:
            return  # beyond MOST_STEPS whoever asks for the time is ended, and that must not be us
        if trio.lowlevel.current_statistics().tasks_runnable:
            return
        self._rested = True
        self._count(None)
        # Nothing will end this step, so a signal that is due is sent at once, as if it had come here.
        self._end_interruption()

    def after_task_step(self, task: Task) -> None:
        """Look at everything."""
        self._end_interruption()
        stage = self.stage
        if stage.always_checks and not stage.problems:
            for check in stage.always_checks:
                if not stage.hold(check, f"after step {len(self.steps)}, of {task.name}"):
                    stage.outer.cancel("the sweep has found something")
                    return

    def _end_interruption(self) -> None:
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            interruption.end()

    def _count(self, task: Task | None) -> None:
        stage, point = self.stage, self.stage.point
        self.steps.append(NOBODY if task is None else task.name)
        number = len(self.steps)
        for victim in stage.victims:
            self.open.setdefault(victim, []).append(number)
        if point is not None and number == point.step:
            self._strike(point.first, task)
        elif point is not None and point.second is not None and number == point.step + point.gap:
            self._strike(point.second, task)

    # Striking ----------------------------------------------------------------------------

    def _strike(self, strike: Strike, task: Task | None) -> None:
        stage = self.stage
        if strike.blow is Blow.CHILD and strike.victim not in stage.victims:
            return
        stage.hits.append(
            Hit(
                strike=strike,
                step=len(self.steps),
                task=self.steps[-1],
                await_point=await_point(task, ours=True),
                at=trio.current_time(),
                events=len(stage.events),
            )
        )
        match strike.blow:
            case Blow.TREE:
                stage.scope.cancel(f"{_REASON}: tree")
            case Blow.OUTER:
                stage.outer.cancel(f"{_REASON}: outer")
            case Blow.DEADLINE:
                stage.scope.deadline = trio.current_time()
            case Blow.CHILD:
                deal = stage.victims[strike.victim]
                self._victim = stage.victim_scopes.get(strike.victim)
                stage.hold(lambda: deal(f"{_REASON}: child"), f"the stroke on {strike.victim}")
            case Blow.INTERRUPT:
                self._interruption = Interruption(strike.line)
                self._interruption.begin()

    def _look_what_arrives(self, task: Task) -> None:
        error = about_to_raise(task)
        if isinstance(error, trio.Cancelled) and error.reason and error.reason.startswith(_REASON):
            blow = Blow(error.reason.rpartition(" ")[2])
            self._delivered.setdefault(blow, (len(self.steps), f"{task.name} at {self.place(task)}"))

    def swallowed(self) -> list[str]:
        """Say which cancellations arrived at a task and not at the scope that they belong to."""
        stage, victim = self.stage, self._victim
        arrived = {
            # A scope round the one that was cancelled may catch it, if it was cancelled too.
            Blow.TREE: stage.scope.cancelled_caught or stage.outer.cancelled_caught,
            Blow.OUTER: stage.outer.cancelled_caught,
            Blow.CHILD: victim is None or victim in stage.cancelled_victims,
        }
        return [
            f"the cancellation that step {number} brought to {who} was swallowed"
            for blow, (number, who) in self._delivered.items()
            if not arrived[blow]
        ]

    # Tasks -------------------------------------------------------------------------------

    def _is_below(self, task: Task) -> bool:
        known = self._below.get(task)
        if known is None:
            nursery = task.parent_nursery
            known = nursery is not None and self._is_below(nursery.parent_task)
            self._below[task] = known
        return known

    @staticmethod
    def place(task: Task) -> str:
        """Say where *task* waits."""
        return " < ".join(reversed(await_point(task, ours=True)[-6:])) or "its start"


@attrs.frozen
class Waiting:
    """A Trio task that still waits, and where."""

    task: str
    place: str

    def __str__(self) -> str:
        return f"{self.task} at {self.place}"


def all_waiting(root: Task) -> list[Waiting]:
    """Return *root* and all tasks below it, outermost first."""
    found: list[Waiting] = []
    tasks = [root]
    while tasks:
        task = tasks.pop(0)
        found.append(Waiting(task.name, Striker.place(task)))
        for nursery in task.child_nurseries:
            tasks.extend(sorted(nursery.child_tasks, key=lambda child: child.name))
    return found
