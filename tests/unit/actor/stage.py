"""What the tests of actors share: a tree that ends by itself, and an actor that does as it is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith


class Declared(Exception):
    """An error that is an answer."""


@smith.message
class Do(smith.Request[Any]):
    """Have the actor call ``work(actor)``; what it returns, or what comes of awaiting that, is the answer."""

    work: Callable[[Any], Any]


@smith.message
class Torn(smith.Request[Any]):
    """The same, but its asker can cancel it."""

    work: Callable[[Any], Any]


@smith.message
class Note:
    """Have the actor write something down; there is no answer."""

    text: object = None


@smith.message
class Echo(smith.Request[object]):
    """Have the actor write something down and say it back."""

    text: object = None


class Puppet(smith.Actor[Do | Note | Echo]):
    """Does as it is told, and writes down what it saw."""

    def __init__(self, seen: list[Any] | None = None) -> None:
        self.seen: list[Any] = [] if seen is None else seen

    @smith.on(Do)
    def do(self, message: Do) -> Any:
        """Do it."""
        return message.work(self)

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Write it down."""
        self.seen.append(message.text)

    @smith.on(Echo)
    def echo(self, message: Echo) -> object:
        """Write it down and say it back."""
        self.seen.append(message.text)
        return message.text


class Tearable(smith.Actor[Do | Note | Echo | Torn]):
    """A puppet with one handler that askers can cancel."""

    def __init__(self, seen: list[Any] | None = None) -> None:
        self.seen: list[Any] = [] if seen is None else seen

    @smith.on(Do)
    def do(self, message: Do) -> Any:
        """Do it."""
        return message.work(self)

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Write it down."""
        self.seen.append(message.text)

    @smith.on(Echo)
    async def echo(self, message: Echo) -> object:
        """Write it down after a checkpoint and say it back."""
        await trio.lowlevel.checkpoint()
        self.seen.append(message.text)
        return message.text

    @smith.on(Torn, cancellable=True)
    async def torn(self, message: Torn) -> Any:
        """Do it, as long as somebody wants it."""
        result = message.work(self)
        return await result if hasattr(result, "__await__") else result


class Holds(Puppet):
    """Writes down what its lifespan does."""

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Write it down."""
        self.seen.append("enters")
        try:
            yield
        except BaseException as error:
            self.seen.append(type(error))
            raise
        finally:
            self.seen.append("ends")


def small(capacity: int, overflow: smith.Overflow = smith.Overflow.WAIT) -> type[Puppet]:
    """Return a puppet class with a mailbox for *capacity* messages."""

    class Small(Puppet):
        mailbox_capacity = capacity
        mailbox_overflow = overflow

    return Small


def fails(error: BaseException) -> Do:
    """Return a message whose handler raises *error*."""

    def work(_actor: object) -> None:
        raise error

    return Do(work)


def sleeps(seconds: float, value: object = None) -> Do:
    """Return a message that takes *seconds* and is answered with *value*."""

    async def work(_actor: object) -> object:
        await trio.sleep(seconds)
        return value

    return Do(work)


def waits(event: trio.Event) -> Do:
    """Return a message that takes until *event* is set."""
    return Do(lambda _: event.wait())


def later(seconds: float, value: object = None) -> Do:
    """Return a message that is answered with *value* in *seconds*."""

    async def work() -> object:
        await trio.sleep(seconds)
        return value

    return Do(lambda _: smith.later(work))


def later_fails(seconds: float, error: BaseException, *, kind: type[Do] = Do) -> Do:
    """Return a message whose later raises *error* in *seconds*."""

    async def work() -> None:
        await trio.sleep(seconds)
        raise error

    return kind(lambda _: smith.later(work))


def stops(*, drain: float = 0.0) -> Do:
    """Return a message whose handler stops its actor and answers."""

    def work(actor: Puppet) -> str:
        actor.context.stop(drain=drain)
        return "stops"

    return Do(work)


def shielded(seconds: float, value: object = None) -> Callable[[object], Awaitable[object]]:
    """Return work that does not end before *seconds* have passed, whoever cancels it."""

    async def work(_: object) -> object:
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)
        return value

    return work


async def forever(_: object) -> None:
    """Never end by itself."""
    await trio.sleep_forever()


async def minute() -> None:
    """Take one."""
    await trio.sleep(60)


class Outcome:
    """What became of something that a task of its own awaited."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.at = -1.0

    @property
    def cancelled(self) -> bool:
        """Whether it took the cancellation of its scope."""
        return self.scope.cancelled_caught

    async def run(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Await ``work()``."""
        with self.scope:
            try:
                self.value = await work()
            except Exception as error:  # noqa: BLE001 - looked at by the test
                self.error = error
        self.at = trio.current_time()
        self.done = True


async def begin(nursery: trio.Nursery, work: Callable[[], Awaitable[Any]]) -> Outcome:
    """Await ``work()`` in a task of its own; return when everybody waits."""
    outcome = Outcome()
    nursery.start_soon(outcome.run, work)
    await wait_all_tasks_blocked()
    return outcome


async def busy(ref: smith.Ref[Any]) -> trio.Event:
    """Keep the actor in a handler until the event that is returned is set."""
    event = trio.Event()
    ref.tell_nowait(waits(event))
    await wait_all_tasks_blocked()
    return event


@asynccontextmanager
async def tree(**options: Any) -> AsyncGenerator[smith.Supervisor]:
    """Open a supervisor that forgives much; what is left of it at the end is stopped.

    A body that waits for ever fails after a thousand seconds of virtual time.
    """
    async with smith.open_supervisor(**{"max_restarts": 1000, **options}) as supervisor:
        with trio.fail_after(1000):
            yield supervisor
        await supervisor.stop()


def letters(supervisor: smith.Supervisor) -> list[tuple[object, smith.DeadLetterReason]]:
    """Return the dead letters so far: each message with its reason."""
    return [(letter.message, letter.reason) for letter in supervisor.system.dead_letters.snapshot()]
