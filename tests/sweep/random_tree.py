"""A tree, what fails in it, and what others want of it: all by chance, and all by one seed."""

from __future__ import annotations

from random import Random
from typing import Any

import trio

import trio_smith as smith
from tests.sweep.cast import (
    DroppingNewest,
    DroppingOldest,
    Job,
    Persistent,
    Query,
    Refusing,
    Resident,
    Worker,
    crashing_job,
    crashing_query,
    idle,
    ready_soon,
    slow_job,
    slow_query,
)
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced
from tests.sweep.scenario import Scenario
from trio_smith.testing import Beginning, Ending, FailureScript, Farewell, Life, Stage

KINDS = (Worker, Worker, Refusing, DroppingOldest, DroppingNewest, Persistent, Resident)
STRATEGIES = (smith.Strategy.ONE_FOR_ONE, smith.Strategy.ONE_FOR_ALL, smith.Strategy.REST_FOR_ONE)
MOMENTS = (0.0, 0.1, 0.5, 1.0, 2.0)
REFUSALS = (smith.ChildError, smith.SupervisorStopped, smith.StartFailed, smith.SelfRequest)


class RandomTree:
    """The scenario of one seed; a tree has at most three levels of at most four children."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.__qualname__ = f"RandomTree({seed})"

    def scenario(self) -> Scenario:
        """Return it as one of the sweep's."""
        allowed = (smith.RestartIntensityExceeded, smith.StartFailed)
        return Scenario(play=self, allowed=allowed)

    async def __call__(self, stage: Stage) -> None:
        """Build the tree, let it fail, talk to it, and stop it."""
        random = Random(self.seed)
        ledger = Ledger(stage)
        ledger.ordered = False  # some of the actors get what they crashed over once more
        workers: list[str] = []
        spec = _script(random).cast(_Tree(random, ledger, workers).spec())
        stage.at_end(lambda: check_balanced(stage))
        async with smith.open_tree(spec, observe=stage.observe) as supervisor:
            stage.watch(supervisor)
            ledger.follow(supervisor)
            async with trio.open_nursery() as nursery:
                for number in range(random.randint(1, 4)):
                    talk = _Talk(stage, ledger, supervisor, workers, Random(random.random()))
                    nursery.start_soon(talk.play, f"talker {number}")
                nursery.start_soon(_manage, stage, supervisor, Random(random.random()))
            await supervisor.stop()


class _Tree:
    def __init__(self, random: Random, ledger: Ledger, workers: list[str]) -> None:
        self.random, self.ledger, self.workers = random, ledger, workers

    def spec(self, path: str = "", depth: int = 0) -> smith.SupervisorSpec:
        """Return a supervisor and all below it; note the paths of the actors."""
        random = self.random
        shutdown = random.choice([smith.AutoShutdown.NEVER, *smith.AutoShutdown])
        return smith.SupervisorSpec(
            strategy=random.choice(STRATEGIES),
            max_restarts=random.choice((0, 1, 3, 8)),
            within=random.choice((1.0, 5.0)),
            auto_shutdown=shutdown,
            backoff=smith.Backoff(initial=0.3, maximum=2.0, jitter=0) if random.random() < 0.2 else None,
            children=[self.child(f"{path}{n}", depth, shutdown) for n in range(random.randint(1, 4))],
        )

    def child(self, path: str, depth: int, shutdown: smith.AutoShutdown) -> smith.ChildSpec:
        """Return a supervisor, an actor, or a function that follows the script."""
        random = self.random
        restart = random.choice(tuple(smith.Restart))
        options: dict[str, Any] = {
            "name": path.rpartition("/")[2],
            "restart": restart,
            "grace": random.choice((None, 0.0, 0.3, 2.0)),
            "significant": restart is not smith.Restart.PERMANENT
            and shutdown is not smith.AutoShutdown.NEVER
            and random.random() < 0.3,
        }
        if depth < 2 and random.random() < 0.3:
            return smith.child(self.spec(f"{path}/", depth + 1), **options)
        if random.random() < 0.5:
            self.workers.append(path)
            return smith.child(random.choice(KINDS), self.ledger, **options)
        return smith.child(idle, **options)


def _script(random: Random) -> FailureScript:
    def life() -> Life:
        return Life(
            begins=random.choice((Beginning.READY, Beginning.READY, Beginning.READY, *Beginning)),
            delay=random.choice(MOMENTS),
            lasts=random.choice(MOMENTS),
            ends=random.choice(tuple(Ending)),
            farewell=random.choice(tuple(Farewell)),
        )

    return FailureScript(tuple(tuple(life() for _ in range(random.randint(0, 3))) for _ in range(8)))


class _Talk:
    def __init__(
        self, stage: Stage, ledger: Ledger, supervisor: smith.Supervisor, workers: list[str], random: Random
    ) -> None:
        self.stage, self.ledger, self.supervisor = stage, ledger, supervisor
        self.workers, self.random = workers, random

    async def play(self, name: str) -> None:
        """Tell and ask the actors, and lose patience at times."""
        with self.stage.victim(name):
            for _ in range(self.random.randint(1, 4)):
                await trio.sleep(self.random.choice(MOMENTS))
                with trio.move_on_after(self.random.choice((0.3, 0.8, 30.0))):
                    await self.say_something(name)

    async def say_something(self, name: str) -> None:
        """Send one message, or several."""
        random, ledger = self.random, self.ledger
        path = random.choice(self.workers) if self.workers else ""
        try:
            ref = self.supervisor.system.find(path, Worker)
        except (smith.ChildNotFound, smith.NotAnActor):
            return
        match random.randrange(4):
            case 0:
                await ledger.tell(ref, random.choice((Job, slow_job, crashing_job)), name)
            case 1:
                ledger.tell_nowait(ref, random.choice((Job, slow_job, crashing_job)), name)
            case 2:
                await ledger.ask(ref, random.choice((Query, slow_query, crashing_query)), name)
            case _:
                await ledger.ask_many(ref, [Query, slow_query, crashing_query], name)


async def _manage(stage: Stage, supervisor: smith.Supervisor, random: Random) -> None:
    with stage.victim("manager"):
        for _ in range(random.randint(0, 5)):
            await trio.sleep(random.choice(MOMENTS))
            try:
                await _request(supervisor, random)
            except REFUSALS:
                continue


async def _request(supervisor: smith.Supervisor, random: Random) -> None:
    names = supervisor.children() or ("nobody",)
    match random.randrange(6):
        case 0:
            await supervisor.stop_child(random.choice(names))
        case 1:
            await supervisor.stop_child(random.choice(names), drain=0.7)
        case 2:
            await supervisor.restart_child(random.choice(names))
        case 3:
            await supervisor.delete_child(random.choice(names))
        case 4:
            await supervisor.start(random.choice((idle, ready_soon)))
        case _:
            await supervisor.count_children()
