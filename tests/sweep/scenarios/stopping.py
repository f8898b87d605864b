"""Stops: in reverse order, each within its grace, also when they are cancelled twice."""

from __future__ import annotations

import trio

import trio_smith as smith
from tests.sweep.cast import Delegate, Job, Resident, Worker, idle, polite, ready_soon, slow_job, slow_query
from tests.sweep.ledger import Ledger
from tests.sweep.order import check_balanced, check_reverse_stop, count
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage

NAMES = ["a", "b", "c", "d", "e"]


async def stop_in_order(stage: Stage) -> None:
    """Children of every kind, some slow; whoever cancels what, they end last first."""
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, NAMES))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        await supervisor.start(polite, 1.0, name="a")
        worker = await supervisor.start(Worker, ledger, name="b")
        await supervisor.start(idle, name="c")
        await supervisor.start(Resident, ledger, name="d")
        await supervisor.start(ready_soon, name="e")
        for _ in range(3):
            await ledger.tell(worker, slow_job)
        await trio.sleep(0.3)
        await supervisor.stop()


async def stop_a_deep_tree(stage: Stage) -> None:
    """The block's body is cancelled in the midst of its work; three levels stop in order."""
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "desk", "z"]))
    stage.at_end(lambda: check_reverse_stop(stage, ["b", "c", "inner"], ("desk",)))
    stage.at_end(lambda: check_reverse_stop(stage, ["d", "e"], ("desk", "inner")))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        await supervisor.start(polite, 0.5, name="a")
        desk = await supervisor.start_supervisor(name="desk", grace=10.0)
        await supervisor.start(polite, 0.5, name="z")
        await desk.start(polite, 0.5, name="b")
        await desk.start(idle, name="c")
        inner = await desk.start_supervisor(name="inner")
        await inner.start(polite, 0.5, name="d")
        await inner.start(polite, 0.5, name="e")
        with stage.victim("body"):
            await trio.sleep(2)
        await supervisor.stop()


async def _stubborn() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(7)


async def stop_the_stubborn(stage: Stage) -> None:
    """Children that do not end in their grace are cancelled, and waited for even then."""
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "b", "c", "d"]))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        await supervisor.start(polite, 99.0, name="a", grace=1.0)
        await supervisor.start(_stubborn, name="b", grace=1.0)
        worker = await supervisor.start(Worker, ledger, name="c", grace=0.2)
        await supervisor.start(polite, 99.0, name="d", grace=0.0)
        await ledger.tell(worker, slow_job)
        await trio.sleep(0.1)
        await supervisor.stop()


async def stop_hard(stage: Stage) -> None:
    """A nested supervisor whose grace passes cancels all its children at once."""
    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        desk = await supervisor.start_supervisor(name="desk", grace=1.0)
        for name in NAMES:
            await desk.start(polite, 0.7, name=name)
        with stage.victim("stopper"):
            await supervisor.stop_child("desk")
        await supervisor.stop()


async def stop_by_another(stage: Stage) -> None:
    """A task beside the body stops the supervisor, while others ask it for something."""
    stage.at_end(lambda: check_balanced(stage))

    async with trio.open_nursery() as nursery, smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)

        async def stop() -> None:
            with stage.victim("stopper"):
                await trio.sleep(0.3)
                await supervisor.stop()

        async def request() -> None:
            try:
                with stage.victim("requester"):
                    await supervisor.start(ready_soon, name="e")
                    await supervisor.stop_child("b")
                    await supervisor.restart_child("b")
            except (smith.SupervisorStopped, smith.StartFailed):
                pass

        await supervisor.start(polite, name="a")
        await supervisor.start(polite, name="b")
        nursery.start_soon(stop)
        nursery.start_soon(request)
        await trio.sleep(3)
        await supervisor.stop()


async def stop_and_drain(stage: Stage) -> None:
    """What waits is handled first, as far as the time goes; the rest is dead."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def tell() -> None:
            with stage.victim("teller"):
                for _ in range(4):
                    await ledger.tell(ref, slow_job)
                await ledger.tell(ref, Delegate)

        async def ask() -> None:
            with stage.victim("asker"):
                await ledger.ask(ref, slow_query, "asker")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell)
            nursery.start_soon(ask)
            await trio.sleep(0.7)
            with stage.victim("stopper"):
                await supervisor.stop_child("worker", drain=0.8)
        await supervisor.stop()


async def stop_from_inside(stage: Stage) -> None:
    """An actor stops itself with messages waiting; others end as they like."""

    class Quitter(Worker):
        @smith.on(Job)
        async def job(self, message: Job) -> None:
            """Quit, and finish."""
            self.ledger.begin(message.n)
            self.context.stop()
            await trio.sleep(0.2)
            self.ledger.finish(message.n)

    stage.at_end(lambda: check_balanced(stage))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Quitter, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, slow_query, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "before")
            await trio.lowlevel.checkpoint()
            await ledger.tell(ref, slow_job)
            nursery.start_soon(ask, "behind")
        with stage.victim("waiter"):
            await ref.wait_stopped()
        if not stage.struck:
            assert count(stage, smith.ChildStarted, "worker") == 1, "it was restarted"
        await supervisor.stop()


async def block_in_a_child(stage: Stage) -> None:
    """A function opens a supervisor of its own; stopping it stops that one in order first."""
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "host", "z"]))
    stage.at_end(lambda: check_reverse_stop(stage, ["b", "c"], ("host",)))

    async def host() -> None:
        async with smith.open_supervisor(name="inner") as inner:
            await inner.start(polite, 0.3, name="b")
            await inner.start(polite, 0.3, name="c")
            await trio.sleep_forever()

    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        await supervisor.start(polite, 0.3, name="a")
        await supervisor.start(host, name="host", grace=5.0)
        await supervisor.start(polite, 0.3, name="z")
        await trio.sleep(0.3)
        await supervisor.stop()


async def body_that_raises(stage: Stage) -> None:
    """The body raises: the children stop in order, and its exception comes out."""
    stage.at_end(lambda: check_balanced(stage))
    stage.at_end(lambda: check_reverse_stop(stage, ["a", "b", "c"]))
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        for name in ("a", "b", "c"):
            await supervisor.start(polite, 0.5, name=name)
        raise ZeroDivisionError


async def body_that_ends(stage: Stage) -> None:
    """The body ends: the children are waited for; one of them crashes meanwhile."""
    stage.at_end(lambda: check_balanced(stage))
    started: list[int] = []

    async def crash_once() -> None:
        await trio.sleep(0.2)
        started.append(1)
        if len(started) == 1:
            raise ValueError("once")

    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        await supervisor.start(trio.sleep, 0.5, name="a")
        await supervisor.start(crash_once, name="b")


SCENARIOS = (
    Scenario(play=stop_in_order, within=12, least=100),
    Scenario(play=stop_a_deep_tree, within=4, least=100),
    Scenario(play=stop_the_stubborn, within=12, least=60),
    Scenario(play=stop_hard, within=6, least=60),
    Scenario(play=stop_by_another, within=5, least=120),
    Scenario(play=stop_and_drain, within=8, least=120),
    Scenario(play=stop_from_inside, within=6, least=100),
    Scenario(play=block_in_a_child, within=3, least=60),
    Scenario(play=body_that_raises, within=3, least=50, allowed=(ZeroDivisionError,)),
    Scenario(play=body_that_ends, within=1, least=30),
)
