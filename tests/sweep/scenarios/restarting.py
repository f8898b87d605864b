"""Restarts: each strategy, retries, backoff, quarantine, giving up, climbing the tree."""

from __future__ import annotations

from random import Random

import trio

import trio_smith as smith
from tests.sweep.cast import (
    Boom,
    Query,
    Worker,
    crash_after,
    crashing_job,
    crashing_query,
    idle,
    polite,
    slow_job,
)
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced, check_reverse_stop, count
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage

NAMES = ["first", "second", "third", "fourth"]


async def _group(stage: Stage, strategy: smith.Strategy) -> None:
    """The second of four crashes: an actor with messages waiting; so have the others."""
    async with smith.open_supervisor(observe=stage.observe, strategy=strategy) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, NAMES))
        ledger = Ledger(stage, supervisor)
        first = await supervisor.start(Worker, ledger, name="first")
        second = await supervisor.start(Worker, ledger, name="second")
        third = await supervisor.start(Worker, ledger, name="third")
        await supervisor.start(polite, name="fourth")

        async def ask(ref: smith.Ref[object], sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, Query, sender)

        async with trio.open_nursery() as nursery:
            for ref in (first, second, third):
                await ledger.tell(ref, slow_job, f"tell {ref.path}")
            await ledger.tell(second, crashing_job, "tell second")
            for ref in (first, second, third):
                nursery.start_soon(ask, ref, f"ask {ref.path}")
        if not stage.struck:
            # Asks that waited in a mailbox outlive a group restart.
            assert all(fate.value in ("sent", "answered") for fate in ledger.fates.values()), ledger.fates
            restarted = {
                smith.Strategy.ONE_FOR_ONE: 1,
                smith.Strategy.REST_FOR_ONE: 3,
                smith.Strategy.ONE_FOR_ALL: 4,
            }
            again = sum(count(stage, smith.ChildStarted, name) - 1 for name in NAMES)
            assert again == restarted[strategy], f"{again} were started again"
        await supervisor.stop()


async def one_for_one(stage: Stage) -> None:
    """That child alone."""
    await _group(stage, smith.Strategy.ONE_FOR_ONE)


async def one_for_all(stage: Stage) -> None:
    """All of them; waiting messages are kept."""
    await _group(stage, smith.Strategy.ONE_FOR_ALL)


async def rest_for_one(stage: Stage) -> None:
    """It and those behind it; waiting messages are kept."""
    await _group(stage, smith.Strategy.REST_FOR_ONE)


class Shaky(Worker):
    """Fails to start so many times."""

    failures = 0

    def __init__(self, ledger: Ledger, starts: list[int]) -> None:
        super().__init__(ledger)
        starts.append(1)
        if len(starts) in (2, 3):
            raise Boom


async def _retried(stage: Stage, strategy: smith.Strategy) -> None:
    starts: list[int] = []
    async with smith.open_supervisor(observe=stage.observe, strategy=strategy, max_restarts=5) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["first", "shaky", "last"]))
        ledger = Ledger(stage, supervisor)
        first = await supervisor.start(Worker, ledger, name="first")
        shaky = await supervisor.start(Shaky, ledger, starts, name="shaky")
        last = await supervisor.start(Worker, ledger, name="last")

        async def ask(ref: smith.Ref[object]) -> None:
            with stage.victim(ref.path):
                await ledger.ask(ref, Query, ref.path)

        async with trio.open_nursery() as nursery:
            await ledger.tell(shaky, crashing_job)
            for ref in (first, shaky, last):
                nursery.start_soon(ask, ref)
            nursery.start_soon(supervisor.count_children)
        await supervisor.stop()


async def restart_that_fails_alone(stage: Stage) -> None:
    """One for one: the start fails twice, and requests are served in between."""
    await _retried(stage, smith.Strategy.ONE_FOR_ONE)


async def restart_that_fails_in_a_group(stage: Stage) -> None:
    """One for all: the start of one fails, the retry is of the whole."""
    await _retried(stage, smith.Strategy.ONE_FOR_ALL)


async def restart_that_fails_in_the_rest(stage: Stage) -> None:
    """Rest for one: the start of one fails, the retry is of it and the rest."""
    await _retried(stage, smith.Strategy.REST_FOR_ONE)


async def give_up(stage: Stage) -> None:
    """More crashes than allowed: the others stop in order, the block raises."""
    async with smith.open_supervisor(observe=stage.observe, max_restarts=1) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["one", "two", "worker"]))
        ledger = Ledger(stage, supervisor)
        await supervisor.start(polite, name="one")
        await supervisor.start(idle, name="two")
        ref = await supervisor.start(Worker, ledger, name="worker")
        for _ in range(3):
            await ledger.tell(ref, crashing_job)
        await trio.sleep_forever()


async def give_up_inside(stage: Stage) -> None:
    """A nested supervisor gives up, and is restarted with what it began with."""
    desk = smith.SupervisorSpec(
        name="desk",
        max_restarts=1,
        children=(smith.child(polite, name="a"), smith.child(crash_after, 0.3, name="b")),
    )
    async with smith.open_supervisor(observe=stage.observe, max_restarts=1) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["before", "desk", "behind"]))
        await supervisor.start(polite, name="before")
        await supervisor.start(smith.child(desk))
        await supervisor.start(idle, name="behind")
        await trio.sleep_forever()


async def escalate(stage: Stage) -> None:
    """A kind of crash that is not to be restarted fells the supervisor at once."""
    async with smith.open_supervisor(
        observe=stage.observe, failures={Boom: smith.Decision.ESCALATE}
    ) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        await supervisor.start(polite, name="one")
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")
        await ledger.ask(ref, crashing_query)
        await trio.sleep_forever()


async def restart_with_backoff(stage: Stage) -> None:
    """Between crash and restart time passes, and the supervisor serves requests meanwhile."""
    backoff = smith.Backoff(initial=0.5, maximum=2.0)
    async with smith.open_supervisor(
        observe=stage.observe,
        strategy=smith.Strategy.REST_FOR_ONE,
        backoff=backoff,
        random=Random(1),
    ) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")
        await supervisor.start(polite, name="last")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", crashing_query)
            nursery.start_soon(ask, "second", Query)
            await trio.sleep(0.2)
            with stage.victim("requester"):
                await supervisor.start(idle, name="more")
                await supervisor.stop_child("more")
        await ledger.ask(ref, crashing_query, "afterwards")
        await trio.sleep(0.1)
        await supervisor.stop_child("worker")
        await supervisor.stop()


async def quarantine(stage: Stage) -> None:
    """A child with an intensity of its own is set aside, and released by request."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        ledger = Ledger(stage, supervisor)
        await supervisor.start(polite, name="other")
        ref = await supervisor.start(
            Worker, ledger, name="worker", quarantine=smith.Intensity(max_restarts=1, within=10.0)
        )
        with stage.victim("crasher"):
            for _ in range(3):
                await ledger.ask(ref, crashing_query)
        await trio.sleep(0.1)
        try:
            with stage.victim("releaser"):
                await supervisor.release_child("worker")
        except smith.NotQuarantined:
            assert stage.struck
        if not stage.struck:
            assert await ledger.ask(ref, Query, "afterwards"), "the released actor does not answer"
        await supervisor.stop()


async def automatic_shutdown(stage: Stage) -> None:
    """The last significant child ends, and with it all the others and the block."""
    async with smith.open_supervisor(
        observe=stage.observe, auto_shutdown=smith.AutoShutdown.ALL_SIGNIFICANT
    ) as supervisor:
        stage.watch(supervisor)
        stage.at_end(lambda: check_balanced(stage))
        stage.at_end(lambda: check_reverse_stop(stage, ["server", "log"]))
        await supervisor.start(polite, name="server")
        await supervisor.start(trio.sleep, 0.3, name="a", significant=True)
        await supervisor.start(trio.sleep, 0.6, name="b", significant=True)
        await supervisor.start(idle, name="log")
        await trio.sleep_forever()


GAVE_UP = (smith.RestartIntensityExceeded,)
SCENARIOS = (
    Scenario(play=one_for_one, within=8, least=150),
    Scenario(play=one_for_all, within=8, least=150),
    Scenario(play=rest_for_one, within=8, least=150),
    Scenario(play=restart_that_fails_alone, within=8, least=80),
    Scenario(play=restart_that_fails_in_a_group, within=8, least=80),
    Scenario(play=restart_that_fails_in_the_rest, within=8, least=80),
    Scenario(play=give_up, within=6, least=50, allowed=GAVE_UP),
    Scenario(play=give_up_inside, within=3, least=80, allowed=GAVE_UP),
    Scenario(play=escalate, within=6, least=40, allowed=(smith.Escalated,)),
    Scenario(play=restart_with_backoff, within=6, least=150),
    Scenario(play=quarantine, within=6, least=80),
    Scenario(play=automatic_shutdown, within=1, least=40),
)
