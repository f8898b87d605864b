"""What an actor needs of whoever runs it: the ports that the floor above fills."""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, TypeVarTuple, overload

from ..exits import ExitReason
from ..telemetry import DeadLetterSink

if TYPE_CHECKING:
    # The floor above: its tables take entries of actors, and only checkers need their types here.
    from ..registry import Groups, Names, Topics
    from ._actor import Actor
    from ._cell import Cell
    from ._ref import Ref
    from ._sweeper import Sweeper

M = TypeVar("M")
Ts = TypeVarTuple("Ts")


class Registry(Protocol):
    """A table with entries of actors: they must not outlive their owner."""

    def forget(self, owner: Cell, /) -> None:
        """Drop every entry of *owner*, which takes no more messages; never raises, calls no user's code."""


class Surroundings(Protocol):
    """What all children of one system share."""

    @property
    def names(self) -> Names:
        """Actors by a name that is unique in the system."""
        ...

    @property
    def groups(self) -> Groups:
        """Actors by what they have in common."""
        ...

    @property
    def topics(self) -> Topics:
        """Actors by what they want to hear of."""
        ...

    @property
    def now(self) -> Callable[[], float]:
        """Tells the time in seconds of Trio's clock."""
        ...

    @property
    def sweeper(self) -> Sweeper:
        """Calls back at set times."""
        ...

    @property
    def dead_letters(self) -> DeadLetterSink:
        """Takes messages that nobody will handle."""
        ...

    def end_all(self, error: BaseException, /) -> None:
        """End the whole tree in order, because *error* asks the program to end."""

    def emit(self, event: object, /) -> None:
        """Give *event* to the observers; never raises."""
        ...


class Host(Protocol):
    """The supervised child that an actor is, or that surrounds a function."""

    cell: Cell | None

    @property
    def system(self) -> Surroundings: ...
    @property
    def path(self) -> tuple[str, ...]:
        """The names from the root supervisor, which has none, down to this child."""
        ...

    @property
    def incarnation(self) -> int:
        """How often it was tried to start this child; from 1."""
        ...

    @property
    def grace(self) -> float:
        """Seconds that a stop may take; infinite for no limit."""
        ...

    @property
    def is_cancelled(self) -> bool:
        """Whether the supervisor has cancelled this incarnation."""
        ...

    def ready(self) -> None:
        """Report that this incarnation is ready."""

    def stop_from_inside(self, drain: float | None) -> None:
        """Ask the supervisor to stop this child, and do not wait for it; None: with the drain of its spec."""

    async def wait_down(self) -> ExitReason:
        """Wait until this child is down for good and return why it ended last."""
        ...

    def arm_grace(self) -> None:
        """Cancel this incarnation when its grace has passed from now."""

    def spawn(self, function: Callable[..., Awaitable[object]], *args: object, name: str) -> None:
        """Run *function* in a Trio task beside this child, in a clean context; it must not raise."""

    def inner_supervisor(self) -> SupervisorPort:
        """Return the supervisor whose children belong to this incarnation, opening it on first use."""
        ...


CURRENT: contextvars.ContextVar[Host] = contextvars.ContextVar("trio_smith_child")
"""The supervised child that surrounds the running code; its own subtasks inherit it."""


class ChildHandle(Protocol):
    """A started child that is no actor."""

    @property
    def id(self) -> str:
        """Its name among the children of its supervisor."""
        ...

    @property
    def incarnation(self) -> int:
        """Its incarnation when the request was answered."""
        ...

    @property
    def ignored(self) -> bool:
        """Whether it ignored the start."""
        ...

    async def stop(self) -> None:
        """Stop it."""

    async def wait_stopped(self) -> ExitReason:
        """Wait until it is down for good."""
        ...


class SupervisorPort(Protocol):
    """The supervisor that `Context.supervisor` offers; see `Supervisor` for the promises."""

    @overload
    async def start(
        self, child: Callable[[*Ts], Actor[M]], /, *args: *Ts, name: str | None = None
    ) -> Ref[M]: ...
    @overload
    async def start(
        self, child: Callable[[*Ts], Awaitable[object]], /, *args: *Ts, name: str | None = None
    ) -> ChildHandle: ...
    async def start_supervisor(
        self, *, name: str | None = None, children: Sequence[Any] = ()
    ) -> SupervisorPort:
        """Start a supervisor as a child."""
        ...

    async def stop_child(self, child: str, /) -> None:
        """Stop one child and wait for it."""

    async def stop(self) -> None:
        """Stop all children and the supervisor itself."""
