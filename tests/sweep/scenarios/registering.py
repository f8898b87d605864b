"""Names, groups, topics and dead letters: nothing of them outlives its actor, and nobody is forgotten."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

import trio_smith as smith
from tests.sweep.cast import Boom, Job, Query, Worker, crashing_job, crashing_query, slow_job, slow_query
from tests.sweep.ledger import Fate, Ledger
from tests.sweep.scenario import Scenario
from trio_smith.exits import is_fatal
from trio_smith.testing import Stage


class Registered(Worker):
    """Has entries of every kind, made in its lifespan; crashes there at its first restart."""

    starts = 0

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Make the entries, with time in between."""
        context.register("prices")
        await trio.sleep(0.1)
        context.join("workers")
        if context.incarnation == 2:
            raise Boom
        await trio.sleep(0.1)
        context.subscribe("orders.>", of=Job, backlog=2)
        yield


def _nothing_is_left(system: smith.System) -> None:
    assert len(system.names) == 0, f"names are left: {system.names.snapshot()}"
    assert system.groups.names() == (), f"groups are left: {system.groups.names()}"
    assert system.topics.all_subscriptions() == (), "subscriptions are left"
    assert system.names.waiting() == {}, f"waits are left: {system.names.waiting()}"


async def wait_for_a_name(stage: Stage) -> None:
    """Those who wait get the actor that comes, or hear that the system has ended; nobody waits for ever."""
    async with trio.open_nursery() as outside, smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        names, ledger = supervisor.system.names, Ledger(stage, supervisor)
        stage.at_end(lambda: _nothing_is_left(supervisor.system))

        async def wait(name: str) -> None:
            with stage.victim(name):
                ref = await names.wait_for("prices", Registered)
                assert ref.path == "registered", ref
                await ledger.ask(ref, Query, name)

        async def wait_in_vain() -> None:
            with stage.victim("in vain"):
                try:
                    await names.wait_for("nobody")
                    stage.problem("somebody came")
                except smith.SystemEnded:
                    stage.note("the system has ended")

        outside.start_soon(wait_in_vain)
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(wait, f"waiter-{number}")
            await trio.sleep(0.1)
            await supervisor.start(Registered, ledger, name="registered")
        await supervisor.stop()


async def come_and_go(stage: Stage) -> None:
    """A name comes and goes in one step, again and again: who waited has not missed it."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        names, ledger = supervisor.system.names, Ledger(stage, supervisor)
        stage.at_end(lambda: _nothing_is_left(supervisor.system))
        ref = await supervisor.start(Worker, ledger, name="worker")
        met: list[int] = []

        async def wait(number: int) -> None:
            with stage.victim(f"waiter-{number}"):
                for _ in range(3):
                    assert await names.wait_for("prices") == ref
                    met.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(2):
                nursery.start_soon(wait, number)
            for _ in range(3):
                await trio.sleep(0.1)
                names.register("prices", ref)
                names.unregister("prices", ref)
        if not stage.struck:
            assert sorted(met) == [0, 0, 0, 1, 1, 1], met
        await supervisor.stop()


async def entries_over_restarts(stage: Stage) -> None:
    """They stay while the actor restarts, also over a restart that fails, and go with it."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        system, ledger = supervisor.system, Ledger(stage, supervisor)
        stage.at_end(lambda: _nothing_is_left(system))
        ref = await supervisor.start(Registered, ledger, name="registered")

        async def look() -> None:
            for _ in range(8):
                await trio.sleep(0.05)
                if supervisor.system.find("registered") == ref and not ref._cell.closed:
                    assert system.names.find("prices", Registered) == ref
                    assert system.groups.members("workers") == (ref,)
                    assert len(system.topics.subscriptions(ref)) == 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            with stage.victim("crasher"):
                await ledger.ask(ref, crashing_query)
                await ledger.ask(ref, Query)
            with stage.victim("stopper"):
                await supervisor.stop_child("registered")
        await supervisor.stop()


async def join_and_leave(stage: Stage) -> None:
    """Members come, go, crash and are picked; none is picked that takes no messages."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        groups, ledger = supervisor.system.groups, Ledger(stage, supervisor)
        stage.at_end(lambda: _nothing_is_left(supervisor.system))

        async def come_and_go(name: str) -> None:
            with stage.victim(name):
                ref = await supervisor.start(Worker, ledger, name=name, restart=smith.Restart.TEMPORARY)
                groups.join("workers", ref)
                await ledger.ask(ref, slow_query, name)
                groups.leave("workers", ref)
                groups.join("workers", ref)
                await ledger.tell(ref, crashing_job, name)

        async def pick() -> None:
            with stage.victim("picker"):
                for _ in range(6):
                    await trio.sleep(0.15)
                    try:
                        ref = groups.pick("workers", Worker)
                    except smith.GroupEmpty:
                        continue
                    assert ref.lifecycle.value is not smith.Lifecycle.STOPPED
                    ledger.tell_nowait(ref, Job, f"picker to {ref.path}")

        async with trio.open_nursery() as nursery:
            for name in ("first", "second", "third"):
                nursery.start_soon(come_and_go, name)
            nursery.start_soon(pick)
        await supervisor.stop()


async def _published(stage: Stage, overflow: smith.Overflow, *, paced: bool = False) -> None:
    """Two publishers, a quick subscriber, and a slow one with this policy that leaves meanwhile."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        topics = supervisor.system.topics
        quick, slow = Ledger(stage), Ledger(stage)
        supervisor.system.dead_letters.subscribe(lambda letter: _died(letter, quick, slow))
        stage.at_end(lambda: _nothing_is_left(supervisor.system))

        class Quick(smith.Actor[Job]):
            @smith.on(Job)
            def job(self, message: Job) -> None:
                """At once."""
                quick.begin(message.n)
                quick.finish(message.n)

        refs = {
            "quick": await supervisor.start(Quick, name="quick"),
            "slow": await supervisor.start(Worker, slow, name="slow"),
        }
        topics.subscribe(refs["quick"], "orders.*")
        subscription = topics.subscribe(refs["slow"], "orders.>", overflow=overflow, backlog=2)

        async def publish(name: str) -> None:
            with stage.victim(name):
                for _ in range(5):
                    if paced:
                        await topics.wait_room("orders.eu")
                    else:
                        await trio.sleep(0.05)
                    number = quick.new(name)
                    slow.senders[number], slow.fates[number] = name, Fate.UNKNOWN
                    wanted = subscription.active
                    topics.publish("orders.eu", Job(n=number, seconds=0.1))
                    quick.fates[number] = Fate.SENT
                    slow.fates[number] = Fate.SENT if wanted else Fate.REFUSED

        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish, "first")
            nursery.start_soon(publish, "second")
            if not paced:
                await trio.sleep(0.22)
                with stage.victim("leaver"):
                    await supervisor.stop_child("slow", drain=0.15)
        if paced and not stage.struck:
            assert supervisor.system.dead_letters.total == 0, "a paced publisher has lost something"
        await supervisor.stop_child("quick", drain=5.0)
        await supervisor.stop()


def _died(letter: smith.DeadLetter, quick: Ledger, slow: Ledger) -> None:
    assert isinstance(letter.message, Job)
    (quick if letter.recipient == "quick" else slow).dead[letter.message.n] += 1


async def publish_to_one_who_waits(stage: Stage) -> None:
    """Policy: wait."""
    await _published(stage, smith.Overflow.WAIT)


async def publish_at_the_pace_of_the_slowest(stage: Stage) -> None:
    """Policy: wait, and the publishers wait for room."""
    await _published(stage, smith.Overflow.WAIT, paced=True)


async def publish_dropping_the_oldest(stage: Stage) -> None:
    """Policy: drop the oldest."""
    await _published(stage, smith.Overflow.DROP_OLDEST)


async def publish_dropping_the_newest(stage: Stage) -> None:
    """Policy: drop the newest."""
    await _published(stage, smith.Overflow.DROP_NEWEST)


async def publish_to_one_who_refuses(stage: Stage) -> None:
    """Policy: refuse; who lags is no subscriber any more."""
    await _published(stage, smith.Overflow.REFUSE)


class _Replayed(Ledger):
    """What becomes of messages that are sent again when they have died."""

    def check(self) -> None:
        """Demand that each was done once at most, but for one that Ctrl-C hit on its last line."""
        torn = 1 if self.stage.outcome is not None and is_fatal(self.stage.outcome) else 0
        for number, times in self.done.items():
            assert times <= 1 + torn, f"message {number} was done {times} times"


async def replay_dead_letters(stage: Stage) -> None:
    """What died of a stop is sent again to who is started again: each once, however often and who asks."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        dead, ledger = supervisor.system.dead_letters, _Replayed(stage)
        stage.always(lambda: _counted(dead))
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def tell(sender: str) -> None:
            with stage.victim(sender):
                for message in (Job, slow_job, Job):
                    await ledger.tell(ref, message, sender)

        async def replay(sender: str) -> None:
            with stage.victim(sender):
                for _ in range(5):
                    await trio.sleep(0.3)
                    dead.replay(where=lambda letter: letter.recipient == "worker")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell, "first")
            nursery.start_soon(tell, "second")
            nursery.start_soon(replay, "replayer")
            nursery.start_soon(replay, "other replayer")
            await trio.sleep(0.1)
            with stage.victim("restarter"):
                await supervisor.stop_child("worker")
                await supervisor.restart_child("worker")
        await trio.sleep(3.0)
        if not stage.struck:
            assert dead.replayed == dead.total > 0
            sent = [number for number, fate in ledger.fates.items() if fate is Fate.SENT]
            assert sorted(ledger.done) == sent, (ledger.done, ledger.fates)
        await supervisor.stop()


def _counted(dead: smith.DeadLetters) -> None:
    assert sum(dead.counts.values()) == dead.total >= dead.replayed


SCENARIOS = (
    Scenario(play=wait_for_a_name, within=8, least=250),
    Scenario(play=come_and_go, within=8, least=130),
    Scenario(play=entries_over_restarts, within=8, least=220),
    Scenario(play=join_and_leave, within=8, least=350),
    Scenario(play=publish_to_one_who_waits, within=15, least=300),
    Scenario(play=publish_at_the_pace_of_the_slowest, within=15, least=320),
    Scenario(play=publish_dropping_the_oldest, within=15, least=300),
    Scenario(play=publish_dropping_the_newest, within=15, least=300),
    Scenario(play=publish_to_one_who_refuses, within=15, least=280),
    Scenario(play=replay_dead_letters, within=15, least=330),
)
