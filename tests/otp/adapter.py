"""Play a scenario on trio_smith, through its public interface only, and return the traces that it leaves."""

from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any

import attrs
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import trio_smith as smith
from tests.otp.cast import Cast
from tests.otp.journal import Journal
from tests.otp.scenario import Ends, Release, Request, Scenario, Step, Supervisor, Verb, Worker, canonical


class Farewell(Enum):
    """How the tree is ended from outside after the script."""

    STOP = "stop"
    CANCEL = "cancel"


@attrs.frozen(kw_only=True)
class Played:
    """The two traces; see `Journal`."""

    mixed: tuple[str, ...]
    observed: tuple[str, ...]


def play(scenario: Scenario, *, farewell: Farewell = Farewell.STOP) -> Played:
    """Return what trio_smith does in *scenario*."""
    played = _Play(scenario, farewell)
    trio.run(played.run, clock=MockClock(autojump_threshold=0))
    journal = played.journal
    return Played(mixed=canonical(journal.mixed, scenario), observed=canonical(journal.observed, scenario))


def comparable(trace: tuple[str, ...], scenario: Scenario) -> tuple[str, ...]:
    """Return OTP's *trace* in the words that trio_smith has.

    Its root has no event when its start is complete: the body begins. And the handle of a supervisor does not
    say whether its start was ignored (the event does).
    """
    supervisors = {node.id for node in scenario.nodes() if not isinstance(node, Worker)}
    accepted = {
        f"answer {number} {word}": f"answer {number} accepted"
        for number, step in enumerate(scenario.steps, 1)
        if isinstance(step, Request) and step.verb in {Verb.START, Verb.RESTART} and step.id in supervisors
        for word in ("started", "ignored")
    }
    return tuple(accepted.get(row, row) for row in trace if row != f"started {scenario.root.id}")


class _Play:
    """One scenario under way."""

    def __init__(self, scenario: Scenario, farewell: Farewell) -> None:
        self.scenario, self.farewell = scenario, farewell
        self.nodes = {node.id: node for node in scenario.nodes()}
        homes = {
            step.id: step.supervisor
            for step in scenario.steps
            if isinstance(step, Request) and step.verb is Verb.START
        }
        self.journal = Journal(self.nodes, scenario.root.id, homes)
        self.cast = Cast(self.nodes, self.journal)
        self.root: smith.Supervisor | smith.Pool | None = None
        self.ended = False
        self.scope = trio.CancelScope()
        self.instances: dict[str, smith.Child] = {}
        self.answers: dict[int, str] = {}
        self.unanswered: dict[int, str] = {}

    async def run(self) -> None:
        """Play it, and leave nobody waiting."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tree)
            try:
                await self._script(nursery)
            finally:
                self.cast.hold_nobody_any_more()
                self.scope.cancel()
                await wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
        for number in sorted(self.unanswered):
            self.journal.write(f"answer {number} {self.unanswered[number]}")

    async def _tree(self) -> None:
        id_ = self.scenario.root.id
        try:
            with self.scope:
                async with self._open() as self.root:
                    self.journal.starting.discard(id_)
                    await trio.sleep_forever()
        except smith.StartFailed:
            self.journal.write(f"failed {id_}")
        except smith.Ignore:
            self.journal.write(f"ignored {id_}")
        except smith.RestartIntensityExceeded:
            assert self.journal.mixed[-1] == f"ended {id_} gave-up", "it says so last"
        self.ended = True

    def _open(self) -> AbstractAsyncContextManager[smith.Supervisor | smith.Pool]:
        root = self.scenario.root
        spec = self.cast.supervisor(root)
        if isinstance(root, Supervisor):
            return smith.open_tree(spec, observe=self.journal.observe)
        assert spec.template is not None, "a pool has one"
        return smith.open_pool(
            spec.template,
            name=spec.name,
            max_restarts=spec.max_restarts,
            within=spec.within,
            auto_shutdown=spec.auto_shutdown,
            observe=self.journal.observe,
        )

    # The script

    async def _script(self, nursery: trio.Nursery) -> None:
        await self._finish_step()
        for number, step in enumerate(self.scenario.steps, 1):
            if self.ended:
                break
            self.journal.write(f"step {number}")
            self._take(number, step, nursery)
            await self._finish_step()
        await self._drain()
        if not self.ended:
            self.journal.write("stop")
            if self.farewell is Farewell.CANCEL:
                self.scope.cancel()
            else:
                assert self.root is not None, "nobody holds its start any more"
                nursery.start_soon(self.root.stop)
            await self._finish_step()
            await self._drain()
        assert self.ended, "the tree has not ended"

    def _take(self, number: int, step: Step, nursery: trio.Nursery) -> None:
        match step:
            case Ends(id_, how):
                self.cast.end(id_, how)
            case Release(id_):
                self.cast.release(id_)
            case Request():
                self.unanswered[number] = "nothing"
                nursery.start_soon(self._ask, number, step)

    async def _drain(self) -> None:
        while self.cast.held:
            first = min(self.cast.held)
            self.journal.write(f"drain {first}")
            self.cast.release(first)
            await self._finish_step()

    async def _finish_step(self) -> None:
        await wait_all_tasks_blocked()
        for number in sorted(self.answers):
            del self.unanswered[number]
            self.journal.write(f"answer {number} {self.answers.pop(number)}")
        if self.root is not None and not self.ended and not self.cast.held:
            self.journal.write(f"tree {self._branch(self.root, self.scenario.root.id)}")

    def _branch(self, above: smith.Supervisor | smith.Pool, id_: str) -> str:
        if isinstance(above, smith.Pool):
            ids: dict[Any, str] = {handle: instance for instance, handle in self.instances.items()}
            return f"{id_}[{' '.join(sorted(ids[handle] for handle in above.children()))}]"
        return f"{id_}({' '.join(self._twig(above, child) for child in above.children())})"

    def _twig(self, above: smith.Supervisor, id_: str) -> str:
        state = above.child(id_).state
        if state is smith.Condition.RUNNING and not isinstance(self.nodes[id_], Worker):
            return self._branch(self._reach(id_), id_)
        return id_ + {smith.Condition.RUNNING: "+", smith.Condition.DOWN: "-"}.get(state, f"?{state.value}")

    # Requests

    async def _ask(self, number: int, request: Request) -> None:
        try:
            above = self._reach(request.supervisor)
            if isinstance(above, smith.Pool):
                answer = await self._answer_of_pool(above, request)
            else:
                answer = await self._answer(above, request)
        except smith.SupervisorStopped:
            self.unanswered[number] = "SupervisorStopped"
            return
        except smith.StartFailed as error:
            culprit = error.path[-1]
            answer = f"StartFailed {request.id if culprit.startswith('#') else culprit}"
        except (smith.ChildError, smith.InvalidSpec) as error:
            answer = type(error).__name__
        self.answers[number] = answer

    def _reach(self, id_: str) -> smith.Supervisor | smith.Pool:
        path = self.journal.paths.get(id_)
        if self.root is None or path is None or self.journal.starting.intersection([id_, *path.split("/")]):
            # The recorder does not ask one that has not started, or that is below such a one.
            raise smith.SupervisorStopped(supervisor=id_)
        if id_ == self.scenario.root.id:
            return self.root
        try:
            found = self.root.system.find(path)
        except smith.ChildNotFound:
            raise smith.SupervisorStopped(supervisor=id_) from None
        assert isinstance(found, smith.Supervisor | smith.Pool), "paths lead to what they are of"
        return found

    async def _answer(self, above: smith.Supervisor, request: Request) -> str:
        match request.verb:
            case Verb.START:
                return _came_out(await above.start(self.cast.child(self.nodes[request.id])))
            case Verb.RESTART:
                return _came_out(await above.restart_child(request.id))
            case Verb.STOP:
                await above.stop_child(request.id)
            case Verb.DELETE:
                await above.delete_child(request.id)
            case Verb.COUNT:
                return _counted(await above.count_children())
        return "ok"

    async def _answer_of_pool(self, pool: smith.Pool, request: Request) -> str:
        match request.verb:
            case Verb.START:
                started = await pool.start(request.id)
                if not started.ignored:
                    self.instances[request.id] = started
                return _came_out(started)
            case Verb.COUNT:
                return _counted(await pool.count_children())
            case Verb.STOP if request.id in self.journal.paths:
                await pool.stop_child(self._handle(request.id))
                return "ok"
        # A pool of ours cannot be asked that at all, or refuses it even when it is down; OTP's must be up.
        await pool.count_children()
        return "PoolHasNoIds"

    def _handle(self, id_: str) -> Any:
        assert self.root is not None, "its pool was reached through it"
        return self.instances.get(id_) or self.root.system.find(self.journal.paths[id_])


def _came_out(started: object) -> str:
    if isinstance(started, smith.Child):
        return "ignored" if started.ignored else "started"
    return "accepted"


def _counted(counts: smith.ChildCounts) -> str:
    kinds = f"supervisors={counts.supervisors} workers={counts.workers}"
    return f"specs={counts.specs} active={counts.active} {kinds}"
