"""The actors that the scenarios share. Each message has a number, by which the ledger knows it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import trio

import trio_smith as smith
from tests.sweep.ledger import Ledger


class Boom(Exception):
    """The crash of the scenarios."""


@smith.message
class Job:
    """Told; takes so many seconds, then perhaps crashes."""

    n: int
    seconds: float = 0.0
    crash: bool = False


@smith.message
class Query(smith.Request[int]):
    """Asked; answered by its own number."""

    n: int
    seconds: float = 0.0
    crash: bool = False


@smith.message
class Fetch(smith.Request[int]):
    """Asked; its handler is cancelled with its asker."""

    n: int
    seconds: float = 1.0


@smith.message
class Delegate(smith.Request[int]):
    """Asked; answered later, by a task beside the handlers."""

    n: int
    seconds: float = 1.0
    crash: bool = False


class Worker(smith.Actor[Job | Query | Delegate]):
    """Does what it is told, slowly."""

    mailbox_capacity = 2

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def work(self, message: Job | Query | Delegate | Fetch) -> int:
        """Take the time that the message says."""
        await trio.sleep(message.seconds)
        if getattr(message, "crash", False):
            raise Boom
        return self.ledger.finish(message.n)

    @smith.on(Job)
    async def job(self, message: Job) -> None:
        """Told."""
        self.ledger.begin(message.n)
        await self.work(message)

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Asked."""
        self.ledger.begin(message.n)
        return await self.work(message)

    @smith.on(Delegate)
    def delegate(self, message: Delegate) -> smith.Later[int]:
        """Answered later."""
        self.ledger.begin(message.n)
        return smith.later(self.work, message)


class Refusing(Worker):
    """With a mailbox that refuses."""

    mailbox_overflow = smith.Overflow.REFUSE


class DroppingOldest(Worker):
    """With a mailbox that drops the oldest."""

    mailbox_overflow = smith.Overflow.DROP_OLDEST


class DroppingNewest(Worker):
    """With a mailbox that drops the newest."""

    mailbox_overflow = smith.Overflow.DROP_NEWEST


class Persistent(Worker):
    """Gets what it crashed over once more."""

    max_deliveries = 2


class Fetcher(smith.Actor[Fetch | Query]):
    """With a handler that its asker may cancel, and one that finishes in spite of that if told so."""

    mailbox_capacity = 2

    def __init__(self, ledger: Ledger, *, stubborn: bool = False) -> None:
        self.ledger, self.stubborn = ledger, stubborn
        self.torn = 0

    @smith.on(Fetch, cancellable=True)
    async def fetch(self, message: Fetch) -> int:
        """Unwind slowly when cancelled."""
        self.ledger.begin(message.n)
        try:
            await trio.sleep(message.seconds)
        except trio.Cancelled:
            self.torn += 1
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await trio.sleep(0.1)
            if not self.stubborn:
                raise
        return self.ledger.finish(message.n)

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Asked; never cancelled."""
        self.ledger.begin(message.n)
        await trio.sleep(message.seconds)
        return self.ledger.finish(message.n)


class Resident(Worker):
    """Opens and closes something that takes time, and counts whether both were done."""

    open = 0

    @asynccontextmanager
    async def lifespan(self, _context: smith.Context) -> AsyncGenerator[None, None]:
        """Take time on the way in and on the way out."""
        await trio.sleep(0.1)
        self.ledger.stage.note("opened")
        try:
            yield
        finally:
            self.ledger.stage.note("closed")
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await trio.sleep(0.1)

    async def on_restart(self, failure: smith.Failure) -> None:
        """Look at the crash, which takes time too."""
        self.ledger.stage.note(type(failure.exception))
        await trio.sleep(0.1)


slow_job = partial(Job, seconds=0.5)
crashing_job = partial(Job, crash=True)
slow_query = partial(Query, seconds=0.5)
crashing_query = partial(Query, crash=True)


async def idle() -> None:
    """A child function that ends when it is told to, at once."""
    await trio.sleep_forever()


async def polite(seconds: float = 0.5) -> None:
    """A child function that takes its time to stop when it is asked to."""
    await smith.stopping().wait()
    await trio.sleep(seconds)


async def ready_soon(*, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
    """A child function that takes its time to become ready."""
    await trio.sleep(0.1)
    task_status.started("ready")
    await trio.sleep_forever()


async def crash_after(seconds: float) -> None:
    """A child function that crashes after a while."""
    await trio.sleep(seconds)
    raise Boom
