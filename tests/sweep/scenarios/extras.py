"""What only some actors have: timers, monitors, children of their own, a body of their own."""

from __future__ import annotations

import trio

import trio_smith as smith
from tests.sweep.cast import (
    Boom,
    Job,
    Query,
    Worker,
    crashing_job,
    crashing_query,
    polite,
    slow_job,
    slow_query,
)
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage


class Clockwork(Worker):
    """Counts the beats of its timers; each incarnation has its own."""

    async def on_restart(self, failure: smith.Failure) -> None:
        """Take time."""
        await trio.sleep(0.05)

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Set timers, and answer."""
        self.incarnation = self.context.incarnation
        self.context.every(0.3, self.beat)
        self.context.after(0.5, self.beat)
        return await super().query(message)

    async def beat(self) -> None:
        """Note that it is called in its own incarnation, and take time."""
        assert self.context.incarnation == self.incarnation
        self.ledger.stage.note("beat")
        await trio.sleep(0.05)


async def timers(stage: Stage) -> None:
    """Timers beat beside messages, and go with their incarnation."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Clockwork, ledger, name="clock")

        async def talk() -> None:
            with stage.victim("talker"):
                await ledger.ask(ref, Query)
                await ledger.tell(ref, slow_job)
                await ledger.tell(ref, crashing_job)
                await ledger.ask(ref, slow_query)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk)
            await trio.sleep(2)
        await supervisor.stop()


class Watcher(Worker):
    """Monitors another actor, and counts how often it hears of an end."""

    def __init__(self, ledger: Ledger, downs: list[tuple[int, int]]) -> None:
        super().__init__(ledger)
        self.downs = downs
        self.target: smith.Ref[object] | None = None

    async def on_down(self, down: smith.Down) -> None:
        """Note the end, slowly."""
        await trio.sleep(0.01)
        self.downs.append((self.context.incarnation, down.incarnation))

    @smith.on(Job)
    async def job(self, message: Job) -> None:
        """Begin to watch."""
        self.ledger.begin(message.n)
        assert self.target is not None
        self.context.monitor(self.target)
        self.ledger.finish(message.n)


async def monitors(stage: Stage) -> None:
    """A monitor hears of each end of an incarnation once, and of none twice."""
    downs: list[tuple[int, int]] = []
    stage.at_end(lambda: _each_once(downs))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        target = await supervisor.start(Worker, ledger, name="target")
        watchers: list[Watcher] = []

        def make() -> Watcher:
            watchers.append(Watcher(ledger, downs))
            watchers[-1].target = target
            return watchers[-1]

        watcher = await supervisor.start(make, name="watcher")
        await ledger.tell(watcher, Job)

        async def crash(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(target, crashing_query, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(crash, "first")
            nursery.start_soon(crash, "second")
        await supervisor.stop_child("target")
        await trio.sleep(0.5)
        if not stage.struck:
            assert [ended for _, ended in downs] == [1, 2, 3], downs
        await supervisor.stop()


def _each_once(downs: list[tuple[int, int]]) -> None:
    assert len(set(downs)) == len(downs), f"the watcher heard {downs}"


class Parent(Worker):
    """Has children of its own, which live and end with its incarnation."""

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Start a child, and answer."""
        number = f"child-{message.n}"
        child = await self.context.supervisor.start(Worker, self.ledger, name=number)
        await self.context.supervisor.start(polite, 0.1, name=f"{number}-polite")
        await self.ledger.tell(child, Job, number)
        return await super().query(message)


async def children_of_an_actor(stage: Stage) -> None:
    """They end with its incarnation, and before its next one begins."""
    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        parent = await supervisor.start(Parent, ledger, name="parent")

        async def talk(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(parent, slow_query, sender)
                await ledger.tell(parent, crashing_job, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk, "first")
            nursery.start_soon(talk, "second")
        assert await ledger.ask(parent, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def children_of_an_actor_give_up(stage: Stage) -> None:
    """When the supervisor of its children gives up, the actor crashes."""

    class Careless(Worker):
        @smith.on(Job)
        async def job(self, message: Job) -> None:
            """Start a child that will crash too often."""
            self.ledger.begin(message.n)
            child = await self.context.supervisor.start(Worker, self.ledger, name="weak")
            for _ in range(4):
                await self.ledger.tell(child, crashing_job, "parent")
            self.ledger.finish(message.n)

    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        parent = await supervisor.start(Careless, ledger, name="parent")
        await ledger.tell(parent, Job)

        async def ask() -> None:
            with stage.victim("asker"):
                await ledger.ask(parent, slow_query, "asker")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.sleep(1)
        assert await ledger.ask(parent, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


class Reader(smith.Actor[Job | Query]):
    """Has a body of its own, and acknowledges as it goes."""

    mailbox_capacity = 2
    max_deliveries = 2

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def run(self, inbox: smith.Inbox[Job | Query]) -> None:
        """Take, work, answer."""
        async for message in inbox:
            self.ledger.begin(message.n)
            await trio.sleep(message.seconds)
            if message.crash and self.context.delivery == 1:
                raise Boom
            self.ledger.finish(message.n)
            inbox.answer(message.n)


async def body_of_its_own(stage: Stage) -> None:
    """What was taken and not acknowledged is delivered again."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ledger.ordered = False
        ref = await supervisor.start(Reader, ledger, name="reader")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", crashing_query)
            nursery.start_soon(ask, "second", slow_query)
            nursery.start_soon(ask, "third", Query)
            await ledger.tell(ref, crashing_job, "main")
            await ledger.tell(ref, slow_job, "main")
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def dead_letters_of_a_stop(stage: Stage) -> None:
    """What waits when an actor is stopped is dead; who asked hears of it; who comes later too."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker", restart=smith.Restart.TEMPORARY)
        await supervisor.start(polite, name="other")

        async def talk(sender: str) -> None:
            with stage.victim(sender):
                await ledger.tell(ref, slow_job, sender)
                await ledger.ask(ref, slow_query, sender)
                await ledger.tell(ref, slow_job, sender)

        async with trio.open_nursery() as nursery:
            for sender in ("first", "second", "third"):
                nursery.start_soon(talk, sender)
            await trio.sleep(0.7)
            with stage.victim("stopper"):
                await supervisor.stop_child("worker")
        await supervisor.stop()
        ledger.tell_nowait(ref, Job)


async def those_who_wait_for_an_end(stage: Stage) -> None:
    """Waiting for lifecycles and ends: told once it is so, and never forgotten."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")
        child = await supervisor.start(polite, name="child")

        async def wait(name: str) -> None:
            with stage.victim(name):
                match name:
                    case "restarting":
                        await ref.lifecycle.wait_value(smith.Lifecycle.RESTARTING, smith.Lifecycle.STOPPED)
                    case "stopped":
                        assert isinstance(await ref.wait_stopped(), smith.Stopped)
                    case _:
                        assert isinstance(await child.wait_stopped(), smith.Stopped)

        async with trio.open_nursery() as nursery:
            for name in ("restarting", "stopped", "child"):
                nursery.start_soon(wait, name)
            await ledger.ask(ref, crashing_query)
            await ledger.ask(ref, Query)
            await supervisor.stop_child("worker")
            await supervisor.stop_child("child")
        await supervisor.stop()


SCENARIOS = (
    Scenario(play=timers, within=8, least=150),
    Scenario(play=monitors, within=8, least=150),
    Scenario(play=children_of_an_actor, within=8, least=150),
    Scenario(play=children_of_an_actor_give_up, within=8, least=100),
    Scenario(play=body_of_its_own, within=8, least=150),
    Scenario(play=dead_letters_of_a_stop, within=8, least=200),
    Scenario(play=those_who_wait_for_an_end, within=8, least=100),
)
