"""What an actor may ask of its surroundings while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, cast

from ..mailbox import Overflow
from ._errors import NoActorContext
from ._host import SupervisorPort
from ._monitor import Monitor
from ._ref import Ref
from ._seconds import check_drain
from ._timer import Timer

if TYPE_CHECKING:
    # The floors above, for checkers alone: what an actor is given by its surroundings is defined there.
    from ..registry import TopicSubscription
    from ..supervision import System
    from ._actor import Actor
    from ._cell import Cell

Ts = TypeVarTuple("Ts")
M = TypeVar("M")


class Context:
    """The context of one incarnation; also ``self.context`` in the actor's methods.

    What it starts goes with that incarnation; after its end, asking for more raises `NoActorContext`.
    """

    __slots__ = ("_actor", "_cell")

    def __init__(self, cell: Cell, actor: Actor[Any]) -> None:
        self._cell, self._actor = cell, actor

    def _living(self) -> Cell:
        if self._cell.actor is not self._actor:
            raise NoActorContext(wanted="living incarnation of this actor")
        return self._cell

    @property
    def ref(self) -> Ref[Any]:
        """The actor's own reference."""
        return Ref(self._cell)

    @property
    def path(self) -> str:
        """The names from the root supervisor to the actor, joined by "/"."""
        return self._cell.path_text

    @property
    def incarnation(self) -> int:
        """How often it was tried to start this actor; from 1."""
        return self._cell.host.incarnation

    @property
    def delivery(self) -> int:
        """How often the message in hand has been delivered; from 1, at most ``max_deliveries``."""
        return self._cell.delivery

    @property
    def supervisor(self) -> SupervisorPort:
        """A supervisor for children that belong to this incarnation; opened on first use.

        They are stopped when the incarnation ends, before its lifespan closes. If that supervisor
        gives up, the actor crashes.
        """
        return self._living().host.inner_supervisor()

    @property
    def system(self) -> System:
        """What the whole tree shares: names, groups, topics, events, dead letters."""
        return cast("System", self._living().host.system)

    @property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger that says which actor speaks."""
        return logging.LoggerAdapter(logging.getLogger("trio_smith.actor"), {"actor": self.path})

    def monitor(self, ref: Ref[Any], /) -> Monitor:
        """Have ``on_down`` called once for each incarnation of *ref* that ends, until it is cancelled.

        For an actor that has ended for good it is called at once. It goes with this incarnation.
        """
        return Monitor(self._living(), ref._cell)  # noqa: SLF001 - a ref is a handle of this package

    def after(self, delay: float, method: Callable[[*Ts], object], /, *args: *Ts) -> Timer:
        """Call ``method(*args)`` (sync or async) in *delay* seconds, before waiting user messages.

        A delay that is over calls as soon as possible, an infinite one never.

        Raises:
            NotAFunction: *method* cannot be called; a coroutine, for example.
            ValueError: *delay* is nan.
        """
        return Timer(self._living(), delay, None, method, args)

    def every(self, interval: float, method: Callable[[*Ts], object], /, *args: *Ts) -> Timer:
        """Call ``method(*args)`` every *interval* seconds, first in *interval* seconds.

        A beat that comes while the last one still waits is skipped.

        Raises:
            ValueError: *interval* is not positive.
            NotAFunction: *method* cannot be called.
        """
        if not interval > 0:
            raise ValueError(f"an interval of {interval!r} s cannot be: give seconds greater than 0")
        return Timer(self._living(), interval, interval, method, args)

    def register(self, name: str, /) -> None:
        """Give *name* to this actor, over its restarts, as long as it takes messages; see `Names.register`.

        Its place is the lifespan: there a new incarnation asks for the name that it has, which is harmless,
        and one that was stopped and is started again asks for it anew.

        Raises:
            NameTaken: Another actor has it.
        """
        self.system.names.register(name, self.ref)

    def join(self, group: str, /) -> None:
        """Make this actor a member of *group*, as long as it takes messages; see `Groups.join`."""
        self.system.groups.join(group, self.ref)

    def subscribe(
        self,
        pattern: str,
        /,
        *,
        of: type[Any] | tuple[type[Any], ...] = (),
        overflow: Overflow = Overflow.WAIT,
        backlog: int = 1024,
    ) -> TopicSubscription:
        """Have this actor sent what is published to topics that *pattern* matches; see `Topics.subscribe`."""
        return self.system.topics.subscribe(self.ref, pattern, of=of, overflow=overflow, backlog=backlog)

    def stop(self, *, drain: float | None = None) -> None:
        """Stop this actor for good: no new messages, and the one in hand is finished.

        It is ``stop_child`` on oneself, not waited for: the child stays down, the reason is `Stopped`.
        The messages that wait are handled first, for at most *drain* seconds (None: those of its spec).
        """
        check_drain(drain)
        self._living().host.stop_from_inside(drain)
