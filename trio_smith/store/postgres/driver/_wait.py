"""Drive psycopg's generators with Trio.

All of psycopg's talk with the server is in generators, which yield what they wait for: that the socket can be
read, written, or either. They know nothing of the loop that waits, and that can be Trio.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import psycopg
import trio
from psycopg import pq
from trio.lowlevel import wait_readable, wait_writable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

R = TypeVar("R")

READ: Final = 1
WRITE: Final = 2
"""As in psycopg's Wait and Ready, whose members are these numbers."""

BUSY: Final = 64
"""So many steps may go without waiting before others get their turn."""


class Drive(Generic[R]):
    """One generator on its way to its end, on one socket.

    A cancellation interrupts a wait and not the generator: `finish` can be called again, and goes on.
    """

    __slots__ = ("_asked", "_busy", "_gen", "_socket")

    def __init__(self, gen: Generator[Any, Any, R], socket: int) -> None:
        self._gen, self._socket = gen, socket
        self._asked: int | None = None
        self._busy = 0

    async def finish(self) -> R:
        """Return what the generator returns; it may be a result without a checkpoint."""
        try:
            asked = next(self._gen) if self._asked is None else self._asked
            while True:
                self._asked = asked
                asked = self._gen.send(await self._ready(asked))
        except StopIteration as end:
            value: R = end.value
            return value

    async def _ready(self, asked: int) -> int:
        try:
            if asked == READ:
                await wait_readable(self._socket)
                return READ
            if asked == WRITE:
                await wait_writable(self._socket)
                return WRITE
            found = look(self._socket)
            if found:
                # A long pipeline finds its socket ready each time.
                self._busy += 1
                if self._busy % BUSY == 0:
                    await trio.lowlevel.checkpoint()
                return found
            return await either(self._socket)
        except trio.ClosedResourceError:
            raise psycopg.OperationalError("the connection was closed while it was used") from None


def look(socket: int) -> int:
    """Return for what *socket* is ready now; one with an error counts as ready, for libpq to see it."""
    poll = select.poll()
    poll.register(socket, select.POLLIN | select.POLLOUT)
    found = 0
    for _, events in poll.poll(0):
        if events & ~select.POLLOUT:
            found |= READ
        if events & ~select.POLLIN:
            found |= WRITE
    return found


def look_readable(socket: int) -> bool:
    """Return whether *socket* has something to read, or is closed from the other side."""
    return bool(look(socket) & READ)


class Polled(Protocol):
    """What libpq polls to its end."""

    @property
    def socket(self) -> int:
        """Its socket, which may be another one each time."""
        ...


async def polled(poll: Callable[[], int], what: Polled) -> bool:
    """Call *poll* whenever the socket of *what* is ready, until it is done; return whether it succeeded."""
    while True:
        status = poll()
        if status == pq.PollingStatus.READING:
            await wait_readable(what.socket)
        elif status == pq.PollingStatus.WRITING:
            await wait_writable(what.socket)
        else:
            return status == pq.PollingStatus.OK


async def either(socket: int) -> int:
    """Wait until *socket* is ready for one or the other, and return for what."""
    found = 0
    closed = False

    async def one(wait: Callable[[int], Awaitable[None]], bit: int) -> None:
        nonlocal found, closed
        try:
            await wait(socket)
            found |= bit
        except trio.ClosedResourceError:
            closed = True
        nursery.cancel_scope.cancel()

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one, wait_readable, READ)
            nursery.start_soon(one, wait_writable, WRITE)
    except BaseExceptionGroup as group:
        # Nothing but Ctrl-C can come out of these two.
        raise group.exceptions[0] from None
    if closed:
        raise trio.ClosedResourceError
    return found
