"""What the promises about channels are checked with: a fresh pair, and one way to say what broke."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs
import trio
from trio.testing import wait_all_tasks_blocked

MakePair: TypeAlias = Callable[[int], tuple[trio.abc.SendChannel[Any], trio.abc.ReceiveChannel[Any]]]
"""Makes the two ends of a new channel that holds so many values."""


class PromiseBroken(AssertionError):
    """A channel, or a store, did something else than it should."""


def must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - it reads as a sentence
    """Break the promise unless *holds*."""
    if not holds:
        raise PromiseBroken(otherwise)


class Pair:
    """A fresh pair; as attributes of type Any, because what has to be tried is what a type does not show."""

    def __init__(self, make: MakePair, capacity: int) -> None:
        self.capacity = capacity
        self.send: Any
        self.receive: Any
        self.send, self.receive = make(capacity)

    async def fill(self) -> list[int]:
        """Send as many values as the channel holds, and return them; none of these sends may wait."""
        await trio.lowlevel.checkpoint()
        values = list(range(self.capacity))
        for value in values:
            await at_once(self.send.send(value), f"send number {value + 1} into room for {self.capacity}")
        return values

    async def drain(self, count: int) -> list[Any]:
        """Receive *count* values, all of which have to be there already."""
        await trio.lowlevel.checkpoint()
        return [
            await at_once(self.receive.receive(), f"receive number {number + 1} of {count} that are there")
            for number in range(count)
        ]


@attrs.frozen(kw_only=True)
class Promise:
    """One promise of Trio's channels, and how to find out whether a pair keeps it."""

    sentence: str
    check: Callable[[Pair], Awaitable[None]]
    least_capacity: int = 0
    nowait: bool = False
    """It is about the methods that never wait."""
    clones: bool = False
    """It is about clones."""


class Attempt:
    """An operation that a task of its own tries: whether it waits, and what became of it."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.value: Any = None
        self.error: Exception | None = None
        self.ended = False
        self.returned = False

    async def run(self, operation: Callable[[], Awaitable[Any]]) -> None:  # noqa: ASYNC910 - it is under test
        """Try it, and keep what comes out."""
        with self.scope:
            try:
                self.value = await operation()
                self.returned = True
            except Exception as error:  # noqa: BLE001 - it is what the promise is about
                self.error = error
        self.ended = True

    def must_wait(self, what: str) -> None:
        """Demand that it has not ended."""
        must(not self.ended, f"{what} did not wait: it gave {self.said()}")

    def must_give(self, value: object, what: str) -> None:
        """Demand that it returned *value*."""
        must(self.returned and self.value == value, f"{what} gave {self.said()}, not {value!r}")

    def must_raise(self, kind: type[Exception], what: str) -> None:
        """Demand that it raised *kind*."""
        must(isinstance(self.error, kind), f"{what} gave {self.said()}, not {kind.__name__}")

    def said(self) -> str:
        """Return in words what came out."""
        if not self.ended:
            return "nothing: it waits"
        if self.returned:
            return repr(self.value)
        return repr(self.error) if self.error is not None else "its cancellation"


@asynccontextmanager
async def attempts() -> AsyncGenerator[Callable[[Callable[[], Awaitable[Any]]], Awaitable[Attempt]]]:
    """Give a function that tries an operation in a task of its own and returns when all tasks wait.

    Whatever still waits at the end of the block is cancelled.
    """
    async with trio.open_nursery() as nursery:

        async def attempt(operation: Callable[[], Awaitable[Any]]) -> Attempt:
            made = Attempt()
            nursery.start_soon(made.run, operation)
            await wait_all_tasks_blocked()
            return made

        yield attempt
        nursery.cancel_scope.cancel("the promise is checked")


async def at_once(awaitable: Awaitable[Any], what: str) -> Any:
    """Return ``await awaitable``, which must not have to wait for anybody."""
    async with attempts() as attempt:

        async def operation() -> Any:
            return await awaitable

        made = await attempt(operation)
        must(made.ended, f"{what} waits")
        if made.error is not None:
            raise PromiseBroken(f"{what} raised {made.error!r}") from made.error
        return made.value


async def must_raise(kind: type[Exception], operation: Callable[[], Awaitable[Any]], what: str) -> None:
    """Demand that *operation* raises *kind* without waiting for anybody."""
    async with attempts() as attempt:
        (await attempt(operation)).must_raise(kind, what)


def must_raise_nowait(kind: type[Exception], operation: Callable[[], object], what: str) -> None:
    """Demand that *operation* raises *kind*."""
    try:
        value = operation()
    except kind:
        return
    except Exception as error:
        raise PromiseBroken(f"{what} raised {error!r}, not {kind.__name__}") from error
    raise PromiseBroken(f"{what} gave {value!r} and did not raise {kind.__name__}")
