"""Hypothesis strategies for scenarios: trees of depth three at most, and scripts that something happens in.

Steps are drawn while the model plays the scenario, so that they mostly concern who is alive, held or down
just then; a script of blind steps would mostly miss.
"""

from collections.abc import Iterator
from typing import TypeVar

import attrs
from hypothesis import assume
from hypothesis import strategies as st

from tests.otp.inbox import Mark, Phase
from tests.otp.model import Process, predict
from tests.otp.scenario import (
    AutoShutdown,
    End,
    Ends,
    Node,
    Pool,
    Release,
    Request,
    Restart,
    Scenario,
    Start,
    Step,
    Stop,
    Strategy,
    Supervisor,
    Verb,
    Worker,
)
from tests.otp.stage import Peculiar, Stage

T = TypeVar("T")

MOST_NODES = 12
MOST_STEPS = 14
NOT_ON_OTP_25 = frozenset({Peculiar.RACE, Peculiar.IGNORED_RESTART_IN_POOL, Peculiar.HANDLE_OUTLIVES_PID})
NOT_ON_TRIO_SMITH = frozenset(
    {
        Peculiar.RACE,
        Peculiar.STOP_MEETS_BUSY_SUPERVISOR,
        Peculiar.POOL_COUNTS_ITS_DEAD,
        Peculiar.REFUSED_OUT_OF_TURN,
    }
)


def _weighted(weights: dict[T, int]) -> st.SearchStrategy[T]:
    return st.sampled_from([value for value, weight in weights.items() for _ in range(weight)])


FIRST_START = _weighted({Start.OK: 60, Start.IGNORE: 4, Start.HELD_OK: 3, Start.FAIL: 1, Start.HELD_FAIL: 1})
LATER_START = _weighted(
    {Start.OK: 7, Start.HELD_FAIL: 6, Start.FAIL: 5, Start.HELD_OK: 4, Start.IGNORE: 2, Start.HELD_IGNORE: 1}
)
ANY_STOP = _weighted({Stop.CLEAN: 4, Stop.CRASH: 3, Stop.HELD_CLEAN: 3, Stop.HELD_CRASH: 2})
RESTARTS = _weighted({Restart.PERMANENT: 3, Restart.TRANSIENT: 3, Restart.TEMPORARY: 2})
MAX_RESTARTS = _weighted({1: 3, 2: 4, 3: 4, 0: 2, 5: 1})


@attrs.define
class _Grower:
    """Draws nodes with ids that are unique over one scenario."""

    draw: st.DrawFn
    made: int = 0
    homes: dict[str, list[str]] = attrs.field(
        factory=dict
    )  # supervisor or pool -> ids it may be asked to start

    def root(self, strategy: Strategy | None) -> Supervisor | Pool:
        if strategy is None and self.draw(st.sampled_from("ssssp")) == "p":
            return self.pool(above=AutoShutdown.NEVER)
        return self.supervisor(depth=1, above=AutoShutdown.NEVER, strategy=strategy)

    def node(self, *, depth: int, above: AutoShutdown) -> Node:
        kind = self.draw(st.sampled_from("wwwwwwsssp")) if depth <= 3 and self.made < MOST_NODES else "w"
        if kind == "w":
            return self.worker(above=above)
        return self.pool(above=above) if kind == "p" else self.supervisor(depth=depth, above=above)

    def worker(self, *, above: AutoShutdown, letter: str = "w") -> Worker:
        restart = self.draw(RESTARTS)
        return Worker(
            id=self._id(letter),
            restart=restart,
            significant=self._significant(restart, above),
            starts=self._starts(),
            stops=self._some(ANY_STOP),
        )

    def pool(self, *, above: AutoShutdown) -> Pool:
        id_ = self._id("p")
        restart, instance_restart = self.draw(RESTARTS), self.draw(RESTARTS)
        auto_shutdown = self.draw(st.sampled_from(AutoShutdown))
        self.homes[id_] = []
        return Pool(
            id=id_,
            restart=restart,
            significant=self._significant(restart, above),
            max_restarts=self.draw(MAX_RESTARTS),
            auto_shutdown=auto_shutdown,
            instance_restart=instance_restart,
            instance_significant=self._significant(instance_restart, auto_shutdown),
        )

    def supervisor(self, *, depth: int, above: AutoShutdown, strategy: Strategy | None = None) -> Supervisor:
        id_ = self._id("s")
        restart = self.draw(RESTARTS)
        auto_shutdown = self.draw(st.sampled_from(AutoShutdown))
        size = self.draw(st.integers(1 if depth == 1 else 0, 4 if depth == 1 else 3))
        children = tuple(self.node(depth=depth + 1, above=auto_shutdown) for _ in range(size))
        self.homes[id_] = [child.id for child in children]
        return Supervisor(
            id=id_,
            restart=restart,
            significant=self._significant(restart, above),
            strategy=strategy or self.draw(st.sampled_from(Strategy)),
            max_restarts=self.draw(MAX_RESTARTS),
            auto_shutdown=auto_shutdown,
            children=children,
            starts=self._starts(),
        )

    def spares(self, nodes: list[Node]) -> Iterator[Node]:
        """Children that the supervisors among *nodes* may be asked to start."""
        for node in nodes:
            match node:
                case Pool(id=id_):
                    instances = [self.worker(above=AutoShutdown.NEVER, letter="i") for _ in range(3)]
                    self.homes[id_] += [instance.id for instance in instances]
                    yield from (attrs.evolve(instance, significant=False) for instance in instances)
                case Supervisor(id=id_, auto_shutdown=above) if self.draw(st.booleans()):
                    # One in ten is held for significant where it must not be: the request is refused.
                    spare = self.node(depth=3, above=above)
                    wrong = self.draw(st.integers(0, 9)) == 9
                    self.homes[id_].append(spare.id)
                    yield attrs.evolve(spare, significant=True) if wrong else spare

    def _id(self, letter: str) -> str:
        self.made += 1
        return f"{letter}{self.made}"

    def _significant(self, restart: Restart, above: AutoShutdown) -> bool:
        allowed = restart is not Restart.PERMANENT and above is not AutoShutdown.NEVER
        return allowed and self.draw(st.booleans())

    def _starts(self) -> tuple[Start, ...]:
        match self.draw(st.sampled_from(("sound", "mixed", "stubborn"))):
            case "sound":
                return ()
            case "mixed":
                return (self.draw(FIRST_START), *self._some(LATER_START))
        # Much can arrive while this one is restarted, and its retries meet one another.
        return (Start.OK, *[Start.HELD_FAIL] * self.draw(st.integers(1, 3)))

    def _some(self, strategy: st.SearchStrategy[T]) -> tuple[T, ...]:
        return tuple(self.draw(strategy) for _ in range(self.draw(st.sampled_from((0, 0, 1, 2, 3)))))


@st.composite
def scenarios(
    draw: st.DrawFn,
    *,
    without: frozenset[Peculiar] = frozenset(),
    strategy: Strategy | None = None,
    name: str = "generated",
) -> Scenario:
    """Scenarios that run into nothing of *without*; without a *strategy* the root may be a pool, too."""
    grower = _Grower(draw)
    root = grower.root(strategy)
    tree = Scenario(name=name, root=root)
    spares = tuple(grower.spares(list(tree.nodes())))
    scenario = attrs.evolve(tree, spares=spares)
    scenario = attrs.evolve(scenario, steps=tuple(_script(draw, scenario, grower.homes)))
    while scenario.steps and predict(scenario).peculiar & without:
        scenario = attrs.evolve(scenario, steps=scenario.steps[:-1])
    assume(not predict(scenario).peculiar & without)
    return scenario


def _script(draw: st.DrawFn, scenario: Scenario, homes: dict[str, list[str]]) -> Iterator[Step]:
    stage = Stage(scenario)
    stage.begin(Process(stage, scenario.root, None))
    pooled: set[str] = set()
    for number in range(1, draw(st.integers(3, MOST_STEPS)) + 1):
        options = list(_options(stage, homes, pooled))
        if not options:
            return
        step = draw(st.sampled_from(options))
        if isinstance(step, Request) and step.verb is Verb.START:
            pooled.add(step.id)
        stage.take(number, step)
        yield step
        if not stage.root.alive:
            return


def _options(stage: Stage, homes: dict[str, list[str]], started: set[str]) -> Iterator[Step]:
    """The steps that mean something now, likelier ones several times; most concern busy supervisors."""
    processes = [process for process in stage.up.values() if isinstance(process, Process)]
    busy = {process for process in processes if process.phase is Phase.BUSY}
    for id_ in sorted(stage.held):
        yield from [Release(id_)] * (3 + len(stage.living()))
    for task in stage.living():
        weight = 6 if task.supervisor in busy else 2
        yield from [Ends(task.node.id)] * weight
        yield Ends(task.node.id, End.RETURN)
        yield Ends(task.node.id, End.SHUT_DOWN)
    for process in processes:
        requests = _to_pool if isinstance(process.node, Pool) else _to_supervisor
        for _ in range(3 if process in busy else 1):
            yield Request(process.id, Verb.COUNT)
            yield from requests(process, homes[process.id], stage, started)
    if stage.held:
        # One that may be on its way up or down, and one that is nobody's child.
        yield from (Request(id_, Verb.COUNT) for id_ in homes if id_ not in stage.up)
    yield from (Request(id_, Verb.STOP, "nobody") for id_ in homes)


def _to_pool(process: Process, startable: list[str], stage: Stage, started: set[str]) -> Iterator[Step]:
    yield from [Request(process.id, Verb.START, id_) for id_ in startable if id_ not in started] * 3
    yield from [Request(process.id, Verb.STOP, id_) for id_ in startable if id_ in stage.latest] * 2
    yield from (Request(process.id, verb, "nobody") for verb in (Verb.RESTART, Verb.DELETE))


def _to_supervisor(
    process: Process, startable: list[str], _stage: Stage, _started: set[str]
) -> Iterator[Step]:
    for id_, slot in process.slots.items():
        weight = 1 if isinstance(slot.place, Mark) else 0
        yield from [Request(process.id, Verb.STOP, id_)] * 2
        yield from [Request(process.id, Verb.RESTART, id_)] * (1 + 3 * weight)
        yield from [Request(process.id, Verb.DELETE, id_)] * (1 + 2 * weight)
    yield from [Request(process.id, Verb.START, id_) for id_ in startable if id_ not in process.slots] * 3
    yield from (Request(process.id, Verb.START, id_) for id_ in startable if id_ in process.slots)
