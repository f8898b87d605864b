"""The jobs of the plans in test_conservation, who does them, and who keeps the books."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Any

import attrs
import trio

import trio_smith as smith
from tests.unit.actor.stage import Declared
from trio_smith.testing import assert_consistent


class Kind(Enum):
    """What the handling of a message comes to."""

    QUICK = "quick"
    SLOW = "slow"
    CRASH = "crash"
    SLOW_CRASH = "slow crash"
    LATER = "later"
    LATER_CRASH = "later crash"
    DECLARED = "declared error"
    SHUTDOWN = "shutdown"
    RESISTS = "resists cancellation"
    STOP = "stops its actor"
    STOP_DRAINED = "stops its actor with a drain"
    ONCE = "crashes at the first delivery"
    TIMER = "starts a timer that crashes"
    BEATS = "starts a timer that beats"
    WATCH = "watches its sibling"
    CHILD = "starts a child that is restarted until its supervisor gives up"


@smith.message(raises=(Declared,))
class Job(smith.Request[int]):
    """One piece of work."""

    number: int
    kind: Kind


@smith.message(raises=(Declared,))
class TearableJob(Job):
    """One that its asker can cancel."""


@attrs.define
class Ledger:
    """What became of each message, by its number."""

    begun: Counter[int] = attrs.Factory(Counter)
    finished: Counter[int] = attrs.Factory(Counter)
    heard: dict[int, str] = attrs.Factory(dict)
    kinds: dict[int, Kind] = attrs.Factory(dict)
    problems: list[str] = attrs.Factory(list)
    sibling: Any = None


class Worker(smith.Actor[Job | TearableJob]):
    """Works, and keeps the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @smith.on(Job)
    async def job(self, message: Job) -> Any:
        """Work."""
        return await self.work(message)

    @smith.on(TearableJob, cancellable=True)
    async def tearable(self, message: TearableJob) -> Any:
        """Work, as long as somebody wants it."""
        return await self.work(message)

    async def work(self, message: Job) -> Any:  # noqa: C901, PLR0912 - one case a kind
        """Do what the kind says."""
        number = message.number
        self.ledger.begun[number] += 1
        match message.kind:
            case Kind.CRASH:
                raise ValueError(number)
            case Kind.ONCE if self.context.delivery == 1:
                raise ValueError(number)
            case Kind.DECLARED:
                raise Declared
            case Kind.SHUTDOWN:
                raise smith.Shutdown
            case Kind.LATER | Kind.LATER_CRASH:
                return smith.later(self.later, message)
            case Kind.STOP:
                self.context.stop()
            case Kind.STOP_DRAINED:
                self.context.stop(drain=1.5)
            case Kind.TIMER:
                self.context.after(0.4, self.crash)
            case Kind.BEATS:
                self.context.every(0.3, trio.sleep, 0.2)
            case Kind.WATCH:
                self.context.monitor(self.sibling())
            case Kind.CHILD:
                await self.context.supervisor.start(hopeless)
            case Kind.SLOW:
                await trio.sleep(1)
            case Kind.SLOW_CRASH:
                await trio.sleep(1)
                raise ValueError(number)
            case Kind.RESISTS:
                with trio.CancelScope(shield=True):
                    await trio.sleep(3)
            case _:
                pass
        self.ledger.finished[number] += 1
        return number

    def sibling(self) -> smith.Ref[Any]:
        """Return the ref of the sibling."""
        return self.ledger.sibling

    def crash(self) -> None:
        """Crash beside all messages."""
        raise KeyError("timer")

    async def on_down(self, down: smith.Down) -> None:
        """Take a step, and a crash if it was the end of the first incarnation."""
        await trio.lowlevel.checkpoint()
        if down.incarnation == 1:
            raise LookupError

    async def later(self, message: Job) -> int:
        """Work beside the handlers."""
        await trio.sleep(1)
        if message.kind is Kind.LATER_CRASH:
            raise ValueError(message.number)
        self.ledger.finished[message.number] += 1
        return message.number


async def starts_slowly(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Keep the supervisor busy: it serves no other request until this has started."""
    await trio.sleep(0.6)
    task_status.started()


async def hopeless() -> None:
    """Be a child that never works."""
    await trio.sleep(0.1)
    raise ConnectionError


class Sibling(smith.Actor[Kind]):
    """Takes the worker with it when it crashes."""

    @smith.on(Kind)
    def crash(self, message: Kind) -> None:
        """Crash."""
        raise OSError


class Watch(trio.abc.Instrument):
    """Looks at the bookkeeping after every step of every Trio task."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.supervisor: smith.Supervisor | None = None

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Look."""
        if self.supervisor is not None:
            try:
                assert_consistent(self.supervisor)
            except AssertionError as error:
                self.ledger.problems.append(f"after a step of {task.name}: {error}")
