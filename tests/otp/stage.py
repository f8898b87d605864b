"""What the supervisors of the model have in common: the script, the workers, and whose turn it is.

Supervisors are generators that yield what they wait for. The stage lets each go on until all wait, which is
what "quiet" means; then the script takes its next step.
"""

from collections import Counter
from collections.abc import Callable, Generator
from enum import Enum, auto
from typing import Protocol, TypeVar

import attrs

from tests.otp.scenario import End, Ends, Node, Pool, Release, Request, Scenario, Start, Step, Verb, Worker

T = TypeVar("T")
Wait = Callable[[], bool]
Work = Generator[Wait, None, T]


class Peculiar(Enum):
    """What a scenario runs into that cannot be compared with OTP 25, or with trio_smith."""

    RACE = auto()
    """A nested supervisor has finished its start with mail waiting: it and its parent go on side by side."""
    IGNORED_RESTART_IN_POOL = auto()
    """OTP 25 keeps a dead entry for it (erlang/otp#8215, mended later); here it removes the instance."""
    HANDLE_OUTLIVES_PID = auto()
    """A pool restarts an instance before it comes to the request to stop it: a pid is stale then."""
    REFUSED_OUT_OF_TURN = auto()
    """OTP refuses in turn what cannot be; ours refuses at once, also while the supervisor is busy."""
    STOP_MEETS_BUSY_SUPERVISOR = auto()
    """OTP's supervisor first serves what is queued; a stop of ours overtakes the queue."""
    POOL_COUNTS_ITS_DEAD = auto()
    """OTP's pool counts its entries as active, ours the living tasks."""


class Player(Protocol):
    """What the stage needs of a supervisor."""

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""

    @property
    def parent(self) -> "Player | None":
        """The supervisor above."""

    def advance(self) -> bool:
        """Go on if what was waited for has come; whether it had."""

    def child_ended(self, task: "Task", *, normal: bool) -> None:
        """Take the mail of a worker's own exit."""

    def stop(self) -> None:
        """Take the order to end."""

    def ask(self, number: int, verb: Verb, id_: str) -> None:
        """Take the mail of a request."""

    def branch(self) -> str:
        """Its part of a `tree` row."""


@attrs.define(eq=False)
class Task:
    """One incarnation of a worker."""

    node: Worker
    supervisor: Player
    alive: bool = True
    stopping: bool = False


class Stage:
    """One scenario under way."""

    def __init__(self, scenario: Scenario) -> None:
        self.nodes = {node.id: node for node in scenario.nodes()}
        self.rows: list[str] = []
        self.peculiar: set[Peculiar] = set()
        self.held: set[str] = set()
        self.latest: dict[str, Task | Player] = {}  # by id, ended ones too
        self.up: dict[str, Player] = {}
        self.answers: dict[int, str] = {}
        self._asked: list[int] = []
        self._starts: Counter[str] = Counter()
        self._stops: Counter[str] = Counter()
        self._processes: list[Player] = []

    # The children's side

    def admit(self, process: Player) -> None:
        """Give *process* its turns from now on."""
        self._processes.append(process)

    def attempt(self, node: Node) -> Work[Start]:
        """Return how the next start attempt of *node* comes out, after the script has let it."""
        number = self._starts[node.id]
        self._starts[node.id] += 1
        start = Start.OK if isinstance(node, Pool) or number >= len(node.starts) else node.starts[number]
        if start.held:
            yield from self._hold(node.id, "start")
        return start.outcome

    def report(self, outcome: Start, id_: str) -> None:
        """Write the row of a start attempt."""
        word = {Start.OK: "started", Start.FAIL: "failed", Start.IGNORE: "ignored"}[outcome]
        self.rows.append(f"{word} {id_}")

    def end_worker(self, task: Task) -> Work[None]:
        """Let *task* take its being stopped as the scenario says."""
        id_ = task.node.id
        task.stopping = True
        number = self._stops[id_]
        self._stops[id_] += 1
        if number < len(task.node.stops) and task.node.stops[number].held:
            yield from self._hold(id_, "stop")
        self.rows.append(f"stopped {id_}")
        task.alive = False

    def holds(self, task: Task) -> bool:
        """Whether *task* waits for the script."""
        return task.node.id in self.held

    def _hold(self, id_: str, what: str) -> Work[None]:
        self.rows.append(f"held {id_} {what}")
        self.held.add(id_)
        yield lambda: id_ not in self.held

    # The script's side

    def begin(self, root: Player) -> None:
        """Start *root* and wait until it is quiet."""
        self.root = root
        self.admit(root)
        self._finish_step()

    def take(self, number: int, step: Step) -> None:
        """Perform one step of the script and wait until it is quiet."""
        self.rows.append(f"step {number}")
        match step:
            case Ends(id_, how):
                task = self.latest.get(id_)
                if isinstance(task, Task) and task.alive and not task.stopping:
                    self.rows.append(f"{how.value} {id_}")
                    task.alive = False
                    task.supervisor.child_ended(task, normal=how is not End.CRASH)
            case Release(id_):
                self.held.discard(id_)
            case Request(supervisor, verb, id_):
                self._asked.append(number)
                process = self.up.get(supervisor)
                if process and self._reachable(process):
                    process.ask(number, verb, id_)
        self._finish_step()

    def finish(self) -> None:
        """Let everybody go who is held, then stop what is left."""
        self._drain()
        if self.root.alive:
            self.rows.append("stop")
            self.root.stop()
            self._finish_step()
            self._drain()
        self.rows += [f"answer {number} SupervisorStopped" for number in self._asked]

    def living(self) -> list[Task]:
        """The workers that can end by themselves now."""
        return [
            task
            for task in self.latest.values()
            if isinstance(task, Task) and task.alive and not task.stopping
        ]

    def _reachable(self, process: Player | None) -> bool:
        while process and process in self.up.values():
            process = process.parent
        return process is None

    def _drain(self) -> None:
        while self.held:
            first = min(self.held)
            self.rows.append(f"drain {first}")
            self.held.remove(first)
            self._finish_step()

    def _finish_step(self) -> None:
        moved = True
        while moved:
            # Not any(…): each must be looked at, also those who are admitted meanwhile.
            moved = sum(process.advance() for process in self._processes) > 0
            self._processes = [process for process in self._processes if process.alive]
        for number in sorted(self.answers):
            self.rows.append(f"answer {number} {self.answers.pop(number)}")
            self._asked.remove(number)
        if self.root in self.up.values() and not self.held:
            self.rows.append(f"tree {self.root.branch()}")
