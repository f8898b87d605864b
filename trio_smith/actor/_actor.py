"""The class that users derive their actors from."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from trio.lowlevel import disable_ki_protection

from ..mailbox import Overflow
from ._context import Context
from ._errors import BadProtocol, NoActorContext
from ._extras import Failure
from ._lagged import Lagged
from ._monitor import Down
from ._protocol import Table, body_entry, check_protocol, handlers_of, protocol_of
from ._shape import check_shape

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ._cell import Cell
    from ._inbox import Inbox

M = TypeVar("M")


class Actor(Generic[M]):
    """A behaviour for a mailbox: ``class Account(Actor[Withdraw | Audit])``.

    Every message of the protocol has one method marked with ``@smith.on(Message)``; one message is
    handled at a time. An exception that leaves a handler ends this incarnation, and its supervisor
    decides; the mailbox and the refs stay. State lives in the instance: a restart makes a new one.

    Raises:
        BadProtocol: when a class is made whose handlers are not exactly those of its protocol.
    """

    __slots__ = ("_smith_cell",)
    _smith_cell: Cell

    mailbox_capacity: ClassVar[int] = 1024
    """Messages that may wait, from 1."""
    mailbox_overflow: ClassVar[Overflow] = Overflow.WAIT
    """What happens at that bound."""
    max_deliveries: ClassVar[int] = 1
    """How often a message is delivered before a crash over it makes it a dead letter; from 1.

    1: at the first crash (reason ``crashed``); more: with reason ``poison`` after the last one. Each
    delivery but the first needs a restart, so give the supervisor an intensity that allows them.
    """
    max_later: ClassVar[int] = 16
    """How many `later` tasks run at once; at that bound no user messages are taken. From 1."""

    __smith_actor__: ClassVar[bool] = False  # Actor itself cannot be started
    __protocol__: ClassVar[tuple[type, ...] | None] = None
    __handlers__: ClassVar[Table] = {}
    __askable__: ClassVar[set[type]] = set()
    __plain__: ClassVar[bool] = True
    __restarts__: ClassVar[bool] = False
    __has_lifespan__: ClassVar[bool] = False
    __has_run__: ClassVar[bool] = False
    __cancellable__: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _check_options(cls)
        protocol = protocol_of(cls, Actor)
        table = handlers_of(cls)
        cls.__smith_actor__ = True
        cls.__protocol__ = protocol
        cls.__has_run__ = _overrides(cls, "run")
        cls.__has_lifespan__ = _overrides(cls, "lifespan")
        cls.__restarts__ = _overrides(cls, "on_restart")
        if cls.__has_run__:
            if table:
                raise BadProtocol(actor=cls.__qualname__, why="it has both run() and handlers")
            table = {message: body_entry(message, cls.run) for message in protocol or ()}
        elif protocol is not None:
            check_protocol(cls, protocol, table)
        cls.__handlers__ = table
        cls.__askable__ = {message for message in table if hasattr(message, "__ask__")}
        cls.__cancellable__ = any(handler.cancellable for _, handler in table.values())
        cls.__plain__ = not (cls.__has_run__ or cls.__has_lifespan__ or cls.__cancellable__)
        if "__init__" in cls.__dict__:
            disable_ki_protection(cls.__init__)

    @property
    def context(self) -> Context:
        """The context of this incarnation; not yet there in ``__init__``."""
        try:
            return Context(self._smith_cell, self)
        except AttributeError:
            raise NoActorContext(wanted="actor context") from None

    @asynccontextmanager
    async def lifespan(self, _context: Context) -> AsyncGenerator[None, None]:
        """Hold open what this incarnation needs, in its own task; override it as an ``@asynccontextmanager``.

        The actor is ready when it has been entered; raising there is a failed start. A crash is
        thrown in, and cannot be suppressed. The exit has the grace of the actor as its deadline.
        """
        yield

    def on_restart(self, failure: Failure, /) -> Awaitable[None] | None:
        """Look at the crash that this new instance follows, before its lifespan; sync or async."""

    def on_down(self, down: Down, /) -> Awaitable[None] | None:
        """Hear that an incarnation of a monitored actor has ended; sync or async."""

    def on_lagged(self, lagged: Lagged, /) -> Awaitable[None] | None:
        """Hear that a subscription with policy refuse has ended, as there was no room; sync or async.

        Called before the messages that wait. An actor that has no incarnation at that moment is not told.
        """

    async def run(self, inbox: Inbox[M], /) -> None:  # noqa: ARG002 - for those who override it
        """Override it instead of writing handlers: take messages from *inbox* yourself.

        Take them in this very task: what it asks counts as asked while it has a message in hand, so an
        ask of itself is an `AskCycle` also if another task of yours would take and answer it.
        """
        raise AssertionError("actors with handlers are served by their cell")


def _overrides(cls: type[Actor[Any]], method: str) -> bool:
    return getattr(cls, method) is not getattr(Actor, method)


def _check_options(cls: type[Actor[Any]]) -> None:
    for name in ("mailbox_capacity", "max_deliveries", "max_later"):
        value = getattr(cls, name)
        if type(value) is not int or value < 1:
            raise BadProtocol(
                actor=cls.__qualname__,
                why=f"{name} is {value!r}, not a whole number from 1",
                fix=f"Give a number, as in {name} = {getattr(Actor, name)}.",
            )
    if not isinstance(cls.mailbox_overflow, Overflow):
        raise BadProtocol(
            actor=cls.__qualname__,
            why=f"mailbox_overflow is {cls.mailbox_overflow!r}, no Overflow",
            fix="Give smith.Overflow.WAIT, REFUSE, DROP_OLDEST or DROP_NEWEST.",
        )
    if inspect.isasyncgenfunction(cls.lifespan):
        raise BadProtocol(
            actor=cls.__qualname__,
            why="its lifespan lacks @asynccontextmanager",
            fix="Write @asynccontextmanager (of contextlib) above it.",
        )
    for name, takes in (("run", "inbox"), ("on_restart", "failure"), ("on_down", "down")):
        if _overrides(cls, name):
            check_shape(cls, name, takes=takes)
