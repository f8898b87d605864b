"""What all children under one outermost supervisor share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar, overload

import trio
from trio.lowlevel import enable_ki_protection

from ..actor import Actor, Ref
from ..actor._sweeper import Sweeper
from ..registry import DeadLetters, Groups, Names, Topics
from ..telemetry import EventBus, Subscription, SupervisionEvent
from ._errors import ChildNotFound, NotAnActor
from ._find import find_below
from ._inner import inner_shell
from ._supervisor import Pool, Supervisor, handle_of

if TYPE_CHECKING:
    from ._child import Child
    from ._shell import Shell
    from .life import Runner

M = TypeVar("M")

_LOG = logging.getLogger("trio_smith.supervision")


class System:
    """The surroundings of one tree: names, groups, topics, events, dead letters, timers. Nothing is global.

    ``supervisor.system`` leads to it; it lives as long as the outermost supervisor.
    """

    def __init__(self, random: Random | None = None) -> None:
        self.now: Callable[[], float] = trio.lowlevel.current_clock().current_time
        """The time in seconds, as ``trio.current_time()`` tells it, for a third of the price."""
        self.events = EventBus(on_failure=_report_subscriber)
        """Every supervision event, in order."""
        self.dead_letters = DeadLetters(clock=self.now, on_failure=_report_subscriber, find=self._actor_at)
        """Messages that nobody handled."""
        self.random = random or Random()
        self.names = Names()
        """Actors by names that do not depend on their place in the tree; for places there is `find`."""
        self.groups = Groups(self.random)
        """Actors by what they have in common."""
        self.topics = Topics()
        """Actors by what they want to hear of."""
        self.sweeper = Sweeper(self._start_sweeper)
        self._root: Shell | None = None
        self._nursery: trio.Nursery | None = None
        self._context: Context = copy_context()
        self._sweeper_scope = trio.CancelScope()
        self._sweeper_ended: trio.Event | None = None

    @overload
    def find(self, path: str, /) -> Ref[Any] | Child | Supervisor | Pool: ...
    @overload
    def find(self, path: str, actor: type[Actor[M]], /) -> Ref[M]: ...
    def find(self, path: str, actor: type[Actor[M]] | None = None, /) -> Ref[Any] | Child | Supervisor | Pool:
        """Return what lives at *path*, for example ``find("desk/alice", Trader)``.

        The names lead from the outermost supervisor (whose own is left out) down; also a child that is
        down or being restarted is found. Costs one look-up a name.

        Raises:
            ChildNotFound: There is no such child.
            NotAnActor: *actor* was given, and it is none of that class.
        """
        if self._root is None:
            raise ChildNotFound(child=path)
        runner = find_below(self._root, path)
        if actor is not None and (runner.cell is None or not issubclass(runner.cell.kind, actor)):
            raise NotAnActor(child=path, wanted=actor.__name__)
        return handle_of(runner)

    def _actor_at(self, path: str) -> Ref[Any] | None:
        try:
            found = self.find(path)
        except ChildNotFound:
            return None
        return found if isinstance(found, Ref) else None

    def emit(self, event: object) -> None:
        """Give *event* to the observers; never raises. One that wants the program to end ends the tree."""
        try:
            self.events.emit(event)
        except BaseException as error:  # noqa: ASYNC103, BLE001 - Ctrl-C or a system exit out of an observer
            self.end_all(error)

    def end_all(self, error: BaseException) -> None:
        """End the whole tree in order, because *error* asks the program to end."""
        assert self._root is not None
        self._root.block.end_all(error)

    def inner_supervisor(self, runner: Runner) -> Supervisor:
        """Return the supervisor of an actor's own children."""
        return Supervisor(inner_shell(runner))

    # For the outermost supervisor --------------------------------------------------------

    def open(self, root: Shell, nursery: trio.Nursery) -> None:
        """Begin to live inside *nursery*."""
        self._root, self._nursery = root, nursery
        root.on_finish = lambda _finish: self.names.end()

    async def close(self) -> None:
        """End what runs in the background; bounded by itself."""
        self.names.end()
        self._sweeper_scope.cancel("the outermost supervisor has ended")
        if self._sweeper_ended is not None:
            with trio.CancelScope(shield=True):
                await self._sweeper_ended.wait()
        self._nursery = None

    def _start_sweeper(self) -> None:
        assert self._nursery is not None, "timers need a running tree"
        self._sweeper_ended = trio.Event()
        self._context.copy().run(self._nursery.start_soon, self._sweep)

    @enable_ki_protection
    async def _sweep(self) -> None:
        assert self._sweeper_ended is not None
        # Shielded: an outer cancellation stops the children in order first, and that needs the clock.
        self._sweeper_scope.shield = True
        try:
            with self._sweeper_scope:
                await self.sweeper.run()
        finally:
            self._sweeper_ended.set()


def _report_subscriber(_subscription: Subscription, error: Exception) -> None:
    _LOG.error("a subscriber raised; further failures of it are only counted", exc_info=error)


Observer = Callable[[SupervisionEvent], None]
