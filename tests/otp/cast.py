"""The children of a scenario, as children of trio_smith that follow the script."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import attrs
import trio

import trio_smith as smith
from tests.otp.journal import Journal
from tests.otp.scenario import End, Node, Pool, Start, Stop, Supervisor, Worker

NEVER_FORGOTTEN: Final = 1e12  # seconds: within
Source = Callable[[], Awaitable[tuple[smith.ChildSpec, ...]]]


class Broken(Exception):
    """A child does what its scenario says."""


@attrs.define
class Life:
    """How one incarnation of a worker is told to end by itself."""

    told: trio.Event = attrs.field(factory=trio.Event)
    how: End = End.RETURN
    stopping: bool = False


class Cast:
    """Makes specs of nodes, and plays their workers."""

    def __init__(self, nodes: Mapping[str, Node], journal: Journal) -> None:
        self.nodes, self.journal = nodes, journal
        self.held: dict[str, trio.Event] = {}
        self._over = False
        self._starts: Counter[str] = Counter()
        self._stops: Counter[str] = Counter()
        self._lives: dict[str, Life] = {}

    # The script's side

    def end(self, id_: str, how: End) -> None:
        """Let worker *id_* end by itself, if it lives and is not being stopped."""
        life = self._lives.get(id_)
        if life and not life.stopping:
            life.how = how
            life.told.set()

    def release(self, id_: str) -> None:
        """Let *id_* go on, if it is held."""
        if id_ in self.held:
            self.held.pop(id_).set()

    def hold_nobody_any_more(self) -> None:
        """Let all go on, now and later."""
        self._over = True
        for id_ in list(self.held):
            self.release(id_)

    # Specs

    def child(self, node: Node) -> smith.ChildSpec:
        """Return the spec of *node*."""
        return smith.ChildSpec(
            start=self._work if isinstance(node, Worker) else self.supervisor(node),
            args=(node.id,) if isinstance(node, Worker) else (),
            name=node.id,
            restart=smith.Restart(node.restart.value),
            significant=node.significant,
            grace=smith.NO_LIMIT,
        )

    def supervisor(self, node: Supervisor | Pool) -> smith.SupervisorSpec:
        """Return the spec of *node* as a supervisor."""
        common: dict[str, Any] = {
            "name": node.id,
            "max_restarts": node.max_restarts,
            "within": NEVER_FORGOTTEN,
            "auto_shutdown": smith.AutoShutdown(node.auto_shutdown.value),
        }
        if isinstance(node, Pool):
            template = smith.ChildSpec(
                start=self._work,
                restart=smith.Restart(node.instance_restart.value),
                significant=node.instance_significant,
                grace=smith.NO_LIMIT,
            )
            return smith.SupervisorSpec(strategy=smith.Strategy.DYNAMIC, template=template, **common)
        children = tuple(map(self.child, node.children))
        return smith.SupervisorSpec(
            strategy=smith.Strategy(node.strategy.value),
            # Both ways of naming children are tried: those whose start has outcomes are asked.
            children=self._source(node, children) if node.starts else children,
            **common,
        )

    def _source(self, node: Supervisor, children: tuple[smith.ChildSpec, ...]) -> Source:
        async def source() -> tuple[smith.ChildSpec, ...]:
            self.journal.write(f"starting {node.id}")
            self.journal.starting.add(node.id)
            match await self._attempt(node):
                case Start.FAIL:
                    raise Broken(node.id)
                case Start.IGNORE:
                    raise smith.Ignore
            return children

        return source

    # Lives

    async def _attempt(self, node: Worker | Supervisor) -> Start:
        self.journal.note_attempt(node.id)
        number = self._starts[node.id]
        self._starts[node.id] += 1
        start = node.starts[number] if number < len(node.starts) else Start.OK
        if start.held:
            await self._hold(node.id, "start")
        return start.outcome

    async def _hold(self, id_: str, what: str) -> None:
        self.journal.write(f"held {id_} {what}")
        if not self._over:
            self.held[id_] = released = trio.Event()
            await released.wait()

    async def _work(self, id_: str, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        node = self.nodes[id_]
        assert isinstance(node, Worker), "only workers work"
        await self._begin(node)
        life = self._lives[id_] = Life()
        self.journal.write_own(f"started {id_}")
        task_status.started()
        # Every other one is asked to stop, the rest are cancelled.
        wait = _until_told_or_asked if len(self.journal.mixed) % 2 else _until_told
        try:
            await wait(life)
        except BaseException:  # Cancelled, bare or in a group
            with trio.CancelScope(shield=True):
                await self._take_stop(node, life)
            raise
        if life.stopping:
            await self._take_stop(node, life)
            return
        del self._lives[id_]
        self.journal.write_own(f"{life.how.value} {id_}")
        match life.how:
            case End.CRASH:
                raise Broken(id_)
            case End.SHUT_DOWN:
                raise smith.Shutdown

    async def _begin(self, node: Worker) -> None:
        match await self._attempt(node):
            case Start.FAIL:
                self.journal.write_own(f"failed {node.id}")
                raise Broken(node.id)
            case Start.IGNORE:
                self.journal.write_own(f"ignored {node.id}")
                raise smith.Ignore

    async def _take_stop(self, node: Worker, life: Life) -> None:
        life.stopping = True
        number = self._stops[node.id]
        self._stops[node.id] += 1
        stop = node.stops[number] if number < len(node.stops) else Stop.CLEAN
        if stop.held:
            await self._hold(node.id, "stop")
        del self._lives[node.id]
        self.journal.write_own(f"stopped {node.id}")
        if stop.outcome is Stop.CRASH:
            raise Broken(node.id)


async def _until_told(life: Life) -> None:
    await life.told.wait()


async def _until_told_or_asked(life: Life) -> None:
    asked = smith.stopping()

    async def watch() -> None:
        await asked.wait()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await life.told.wait()
        nursery.cancel_scope.cancel()
    life.stopping = asked.is_set() and not life.told.is_set()
