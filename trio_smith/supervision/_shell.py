"""One incarnation of a supervisor: the nursery round a decision engine, which does what the engine says."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, cast

import trio
from trio.lowlevel import Task, checkpoint_if_cancelled, enable_ki_protection

from ..actor._unprotected import call_async
from ..exits import KILLED, STOPPED, ExitReason
from ..registry import close_names
from ..telemetry import ChildQuarantined, GaveUp, RestartScheduled, SupervisorEnded, SupervisorStarting
from ._errors import ChildNotFound, SupervisorStopped
from ._nested import run_nested
from ._pending import Pending
from .engine import (
    Abandoned,
    Action,
    CancelStart,
    Close,
    Engine,
    Finish,
    Quarantined,
    Ready,
    Reply,
    Request,
    Scheduled,
    Slot,
    Start,
    StartChild,
    Stop,
    StopTogether,
    Wait,
)
from .life import Runner, Stops, StuckWatch
from .spec import ChildSpec, SupervisorSpec, check_children, child_name

if TYPE_CHECKING:
    from ._block import Block
    from ._system import System


class Shell:
    """See the module. ``owner`` is the child that it is or lives in; None for an outermost supervisor.

    There is no task that decides: the engine is stepped in the task in which something happens.
    """

    def __init__(
        self,
        spec: SupervisorSpec,
        *,
        name: str,
        path: tuple[str, ...],
        system: System,
        owner: Runner | None,
    ) -> None:
        self.spec, self.name, self.path, self.system, self.owner = spec, name, path, system, owner
        self.own_block: Block | None = None  # if it is the supervisor of an ``async with``
        self.engine = Engine(spec, name=name, make_slot=self._make_runner, delay=self._delay)
        self.incarnation = owner.incarnation if owner is not None else 1
        self.result: Finish | None = None  # there when it has ended
        self.is_ready = False
        self.on_ready: Callable[[], None] | None = None
        self.on_finish: Callable[[Finish], None] | None = None
        self.dormant: list[Stops] = []
        self.unanswered: dict[Pending, None] = {}
        self.stuck = StuckWatch(system)
        self.is_broken = False  # by a bug of ours
        self._nursery: trio.Nursery | None = None
        self.context = copy_context()
        self._todo: deque[Action] = deque()
        self.performing = False
        self._changed: trio.Event | None = None  # set when it has ended, or all children are down

    @property
    def block(self) -> Block:
        """The nearest ``async with`` block round it."""
        if self.own_block is not None:
            return self.own_block
        assert self.owner is not None
        return self.owner.shell.block

    @property
    def with_nursery(self) -> Shell:
        """The supervisor in whose nursery its children are: itself, unless it is that of an actor."""
        shell = self
        while shell.owner is not None and shell.owner.shell._nursery is shell._nursery:  # noqa: SLF001 - its own kind
            shell = shell.owner.shell
        return shell

    # Life --------------------------------------------------------------------------------

    def open(self, nursery: trio.Nursery, children: Sequence[ChildSpec]) -> None:
        """Begin to start *children*, as Trio tasks of *nursery*."""
        self._nursery = nursery
        given = [StartChild(spec, child_name(spec)) for spec in children]
        self.step(self.engine.begin, given, self.system.now())

    def tell_start(self) -> None:
        """Tell the observers that the supervisor begins; before its children are known."""
        if self.system.events.active:
            self.system.emit(SupervisorStarting(path=self.path, id=self.name, incarnation=self.incarnation))

    def tell_end(self, reason: ExitReason) -> None:
        """Tell the observers that the supervisor has ended."""
        if self.system.events.active:
            self.system.emit(
                SupervisorEnded(path=self.path, id=self.name, incarnation=self.incarnation, reason=reason)
            )

    @property
    def is_open(self) -> bool:
        """Tell whether it has begun to start its children."""
        return self._nursery is not None

    def runs(self, task: Task) -> bool:
        """Tell whether *task* was started by this supervisor, for one of its children."""
        return self._nursery is not None and task.parent_nursery is self._nursery

    async def initial_children(self) -> Sequence[ChildSpec]:
        """Return the children to start with, asking the spec's function for them if it has one.

        Raises:
            InvalidSpec: What the function has returned cannot be; those of a spec were checked with it.
        """
        source = self.spec.children
        if isinstance(source, tuple):
            return cast("tuple[ChildSpec, ...]", source)
        children: Sequence[ChildSpec] = await call_async(source)
        check_children(self.spec, children, self.path)
        return children

    def run_nested(self, runner: Runner, spec: SupervisorSpec) -> Awaitable[None]:
        """Return the life of one incarnation of the nested supervisor *runner*."""
        shell = Shell(spec, name=runner.id, path=runner.path, system=self.system, owner=runner)
        runner.inner = [shell]
        return run_nested(shell, runner)

    def result_of(self, runner: Runner) -> ExitReason:
        """Return why the nested supervisor *runner* has ended by itself."""
        assert runner.inner
        assert runner.inner[0].result is not None
        return runner.inner[0].result.reason

    def doom(self) -> None:
        """Have no engine from here up to the block decide anything more; the block is about to be stopped."""
        shell: Shell | None = self
        while shell is not None:
            shell.engine.doom()
            shell = shell.owner.shell if shell.own_block is None and shell.owner is not None else None

    def open_inside(self, shell: Shell) -> None:
        """Have *shell*, which has no nursery of its own, run its children in ours."""
        assert self._nursery is not None
        shell.context = self.context
        shell.tell_start()
        shell.open(self._nursery, ())

    async def end(self, *, hard: bool) -> None:
        """Stop and wait for the end; *hard* cancels all children at once."""
        self.stop(STOPPED)
        if hard:
            self.kill_all()
        await self.wait_ended()

    @enable_ki_protection
    def stop(self, reason: ExitReason) -> None:
        """Stop all children in reverse order, then the supervisor itself; overtakes what is going on."""
        self.step(self.engine.stop, reason, self.system.now())

    def kill_all(self) -> None:
        """Cancel every child below at once, however deep, and have nothing restarted."""
        now = self.system.now()
        for shell in self.below():
            if shell is not self:
                shell.stop(KILLED)
            for runner in list(shell.runners()):
                runner.kill_alone(now)

    def below(self) -> list[Shell]:
        """Return this supervisor and all below it; not recursive, as a tree may be deeper than the stack."""
        found: list[Shell] = [self]
        for shell in found:
            for runner in shell.runners():
                found.extend(runner.inner or ())
        return found

    def runners(self) -> Iterable[Runner]:
        """Return the records of the children, in start order."""
        return cast("Iterable[Runner]", self.engine.slots.values())

    async def wait_ended(self) -> None:
        """Wait until all children have ended and the engine has finished."""
        while self.result is None:
            await self._change()

    async def wait_ready(self) -> None:
        """Wait until the children that the supervisor starts with are ready, or it has ended."""
        while not self.is_ready and self.result is None:
            await self._change()

    async def wait_quiet(self) -> None:
        """Wait until no child is running or restarting, or the supervisor has ended."""
        while self.result is None and (self.engine.alive or not self.engine.idle):
            await self._change()

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = trio.Event()
        await self._changed.wait()

    def wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    # Doing what the engine says ----------------------------------------------------------

    @enable_ki_protection
    def step(self, move: Callable[..., list[Action]], *facts: Any) -> None:
        """Tell the engine what has happened, by its method *move*, and do what it says.

        Runs to completion in the task in which it happens; what happens because of it is done after it.
        """
        if self.is_broken:
            return
        try:
            self._todo.extend(move(*facts))
            if self.own_block is not None and self.engine.stopping and not self.own_block.body.cancel_called:
                # Before the actors close that the body may be waiting for: a give-up is one failure, not two.
                self.own_block.body.cancel("the supervisor of this block stops")
            if self.performing:
                return
            self.performing = True
            while self._todo:
                self._do(self._todo.popleft())
        except BaseException as error:
            self.block.broken(error)  # a bug of ours; it must not vanish into the task of some child
            raise
        self.performing = False
        engine = self.engine
        if engine.idle:
            if self.dormant:
                dormant, self.dormant = self.dormant, []
                for runner in dormant:
                    runner.release()
            if not engine.alive:
                self.wake()

    def _do(self, action: Action) -> None:
        # The two hot ones first: a match over all classes would cost more than what they do.
        if type(action) is Start:
            if action.slot.begin():  # type: ignore[attr-defined]  # all our slots are runners
                self._todo.extend(self.engine.started(action.slot, self.engine.now))
        elif type(action) is Stop:
            action.slot.ask_stop(self.engine.now, final=action.final, drain=action.drain)  # type: ignore[attr-defined]
        elif type(action) is not Scheduled:
            self._do_rarer(action)
        elif self.system.events.active:
            self._tell(
                RestartScheduled,
                action.slot,
                incarnation=action.incarnation,
                delay=action.delay,
                restarts=action.restarts,
            )

    def _do_rarer(self, action: Action) -> None:  # noqa: C901, PLR0912 - a line for each kind of action
        match action:
            case Reply():
                value = action.value
                # The handle tells of this very moment, also if its reader runs only later.
                self.unanswered.pop(action.pending, None)
                action.pending.answer(value.started() if isinstance(value, Runner) else value, action.error)
            case Close(slot=Runner() as runner):
                runner.close()
            case StopTogether():
                for slot in action.slots:
                    assert isinstance(slot, Runner)
                    slot.ask_stop(self.engine.now, final=True, drain=action.drain)
            case CancelStart(slot=Runner() as runner):
                runner.cancel_start(self.engine.now)
            case Wait(slot=Runner() as runner):
                self._resume_later(runner, action.delay)
            case Quarantined():
                self._tell(ChildQuarantined, action.slot, restarts=action.restarts)
            case Abandoned():
                if self.system.events.active:
                    self.system.emit(
                        GaveUp(
                            path=self.path,
                            id=self.name,
                            incarnation=self.incarnation,
                            child=action.slot.id,
                            restarts=action.restarts,
                        )
                    )
            case Ready():
                self.is_ready = True
                if self.on_ready is not None:
                    self.on_ready()
                self.wake()
            case Finish():
                self.result = action
                self.wake()
                if self.on_finish is not None:
                    self.on_finish(action)
            case _:
                raise AssertionError(f"no such action: {action!r}")

    def _tell(self, event: Callable[..., object], slot: Slot, **facts: object) -> None:
        if self.system.events.active:
            assert isinstance(slot, Runner)
            slot.emit(event, **facts)

    def _make_runner(self, given: StartChild, name: str) -> Runner:
        return Runner(self, given.spec, name)

    def _delay(self, attempt: int) -> float:
        assert self.spec.backoff is not None
        return self.spec.backoff.delay(attempt, self.system.random)

    def _resume_later(self, runner: Runner, delay: float) -> None:
        incarnation = runner.incarnation

        def resume() -> None:
            self.step(self.engine.resume, runner, incarnation, self.system.now())

        runner.remember(self.system.sweeper.at(self.system.now() + delay, resume))

    def spawn(self, function: Callable[..., Awaitable[object]], runner: Runner) -> None:
        """Run ``function(runner)`` in a Trio task of its own, in the supervisor's context."""
        assert self._nursery is not None
        self.context.run(self._nursery.start_soon, function, runner, name=runner.id)

    def spawn_beside(self, function: Callable[..., Awaitable[object]], *args: object, name: str) -> None:
        """Run *function* in a Trio task beside a child, in the supervisor's context."""
        assert self._nursery is not None
        self.context.run(self._nursery.start_soon, function, *args, name=name)

    # Requests ----------------------------------------------------------------------------

    @enable_ki_protection
    def post(self, request: Request) -> Pending:
        """Make a request; whoever wants its answer waits for it."""
        pending = Pending(self, request)
        if self.is_broken:
            pending.answer(None, SupervisorStopped(supervisor=self.name))
        else:
            self.unanswered[pending] = None
        self.step(self.engine.request, pending, self.system.now())
        return pending

    @enable_ki_protection
    async def request(self, request: Request) -> Any:
        """Make a request and return its answer, or raise it.

        Cancellation: before its turn, it is withdrawn; once begun it is finished.
        """
        await checkpoint_if_cancelled()
        return await self.post(request).wait(withdraw=True)

    def runner(self, name: str) -> Runner:
        """Return the record of a child.

        Raises:
            ChildNotFound: There is none of that name.
        """
        slot = self.engine.slots.get(name)
        if slot is None:
            raise ChildNotFound(child=name, near=close_names(name, self.engine.slots))
        assert isinstance(slot, Runner)
        return slot
