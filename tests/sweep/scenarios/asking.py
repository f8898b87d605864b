"""`ask`, from both sides: withdrawn, left, answered or failed, and never anything between."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import trio

import trio_smith as smith
from tests.sweep.cast import Delegate, Fetch, Fetcher, Query, Worker, crashing_query, slow_job, slow_query
from tests.sweep.ledger import Ledger
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage


async def ask_one(stage: Stage) -> None:
    """The asker is cancelled before, while and after the handler runs."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")
        with stage.victim("asker"):
            await ledger.ask(ref, slow_query)
            await ledger.ask(ref, Query)
        assert await ledger.ask(ref, Query, "afterwards"), "the actor does not answer any more"
        await supervisor.stop()


async def askers_at_a_full_mailbox(stage: Stage) -> None:
    """Some askers wait for room; what they take back gives room to others."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, slow_query, sender)
                await ledger.ask(ref, slow_query, sender)

        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(ask, f"asker {number}")
        await supervisor.stop()


async def ask_of_a_supervisor_that_is_cancelled(stage: Stage) -> None:
    """The other side goes: the block round the actor's supervisor is cancelled, the askers stand outside."""
    refs: list[smith.Ref[object]] = []
    begun, ledgers = trio.Event(), list[Ledger]()

    async def host() -> None:
        with stage.victim("supervisor"):
            async with smith.open_supervisor(observe=stage.observe) as supervisor:
                stage.watch(supervisor)
                ledgers.append(Ledger(stage, supervisor))
                refs.append(await supervisor.start(Worker, ledgers[0], name="worker"))
                begun.set()
                await supervisor.start(trio.sleep, 3)
                await trio.sleep(3)
                await supervisor.stop()
        begun.set()

    async def ask(sender: str) -> None:
        await begun.wait()
        for _ in range(2):
            for ref in refs:
                await ledgers[0].ask(ref, slow_query, sender)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(host)
        for number in range(4):
            nursery.start_soon(ask, f"asker {number}")


async def ask_many_that_wait_for_room(stage: Stage) -> None:
    """More asks than the mailbox holds; a second asker competes."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                answered = await ledger.ask_many(ref, [slow_query] * 5, sender)
                assert answered == 5, f"{answered} of 5 were answered"

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first")
            nursery.start_soon(ask, "second")
        await supervisor.stop()


async def ask_many_of_an_actor_that_stops(stage: Stage) -> None:
    """The actor stops while asks wait in its mailbox and for room."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask_many(ref, [slow_query] * 5, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first")
            nursery.start_soon(ask, "second")
            await trio.sleep(1.2)
            await supervisor.stop_child("worker")
        await supervisor.restart_child("worker")
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def ask_of_an_actor_that_crashes(stage: Stage) -> None:
    """The one in hand fails, those behind it are answered by the next incarnation."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, crashing_query if sender == "first" else Query, sender)

        async with trio.open_nursery() as nursery:
            for sender in ("first", "second", "third", "fourth"):
                nursery.start_soon(ask, sender)
                await trio.lowlevel.checkpoint()
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


class Middle(smith.Actor[Query]):
    """Asks another one before it answers."""

    def __init__(self, ledger: Ledger, behind: smith.Ref[Query]) -> None:
        self.ledger, self.behind = ledger, behind

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Ask on."""
        self.ledger.begin(message.n)
        await self.ledger.ask(self.behind, slow_query, self.context.path)
        return self.ledger.finish(message.n)


async def ask_through_a_chain(stage: Stage) -> None:
    """An ask that asks that asks; cancelled at the front, crashed at the back."""
    async with smith.open_supervisor(observe=stage.observe, max_restarts=10) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        back = await supervisor.start(Worker, ledger, name="back")
        middle = await supervisor.start(Middle, ledger, back, name="middle")
        front = await supervisor.start(Middle, ledger, middle, name="front")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(front, Query, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first")
            nursery.start_soon(ask, "second")
            await trio.sleep(0.7)
            await supervisor.stop_child("back")
            await supervisor.restart_child("back")
        await supervisor.stop()


class Bender(smith.Actor[Query]):
    """Asks back whoever it is given; its own asker must not be asked in turn."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.other: smith.Ref[Query] | None = None
        self.circles = 0

    @smith.on(Query)
    async def query(self, message: Query) -> int:
        """Ask the other one, who asks us."""
        self.ledger.begin(message.n)
        assert self.other is not None
        try:
            await self.ledger.ask(self.other, Query, self.context.path)
        except smith.AskCycle:
            self.ledger.stage.note("circle")
        return self.ledger.finish(message.n)


async def ask_in_a_circle(stage: Stage) -> None:
    """Two actors that ask one another: refused, and nobody waits for ever."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        actors = [Bender(ledger), Bender(ledger)]
        ledger.fates.clear()
        refs = [await supervisor.start(lambda one=one: one, name=f"b{n}") for n, one in enumerate(actors)]
        actors[0].other, actors[1].other = refs[1], refs[0]
        with stage.victim("asker"):
            await ledger.ask(refs[0], Query)
        if not stage.struck:
            assert "circle" in stage.notes
        await supervisor.stop()
    # The refused ask of the circle never became a message.


async def _ask_fetcher(stage: Stage, fetcher: Callable[[Ledger], Fetcher]) -> None:
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(fetcher, ledger, name="fetcher")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", Fetch)
            nursery.start_soon(ask, "second", slow_query)
            nursery.start_soon(ask, "third", Fetch)
        assert await ledger.ask(ref, Query, "afterwards"), "the actor does not answer any more"
        _check_incarnation(stage, 1)
        await supervisor.stop()


async def ask_cancellable(stage: Stage) -> None:
    """The asker's cancellation cancels the handler, and the asker waits until it has unwound."""
    await _ask_fetcher(stage, Fetcher)


async def ask_cancellable_that_finishes_in_spite(stage: Stage) -> None:
    """The handler finishes although it was cancelled: answer and cancellation both arrive."""
    await _ask_fetcher(stage, partial(Fetcher, stubborn=True))


async def ask_many_cancellable(stage: Stage) -> None:
    """One cancellation takes back some asks, tears one, and waits for that alone."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Fetcher, ledger, name="fetcher")
        with stage.victim("asker"):
            await ledger.ask_many(ref, [Fetch, slow_query, Fetch, Fetch, slow_query])
        assert await ledger.ask(ref, Query, "afterwards"), "the actor does not answer any more"
        _check_incarnation(stage, 1)
        await supervisor.stop()


async def ask_with_deadlines(stage: Stage) -> None:
    """Deadlines of the askers pass before, while and after the handlers run."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        plain = await supervisor.start(Worker, ledger, name="plain")
        fetcher = await supervisor.start(Fetcher, ledger, name="fetcher")

        async def ask(ref: smith.Ref[object], message: object, seconds: float) -> None:
            with trio.move_on_after(seconds):
                await ledger.ask(ref, message, f"{ref.path} {seconds}")

        async with trio.open_nursery() as nursery:
            for seconds in (0.0, 0.3, 0.5, 0.6, 0.9, 1.1, 5.0):
                nursery.start_soon(ask, plain, slow_query, seconds)
                nursery.start_soon(ask, fetcher, Fetch, seconds)
        _check_incarnation(stage, 1)
        await supervisor.stop()


async def ask_for_a_later_answer(stage: Stage) -> None:
    """The answers come from tasks beside the handlers; one of these crashes."""
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Worker, ledger, name="worker")

        async def ask(sender: str, message: object) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, message, sender)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "first", Delegate)
            nursery.start_soon(ask, "second", partial(Delegate, crash=True, seconds=0.5))
            nursery.start_soon(ask, "third", slow_query)
            nursery.start_soon(ask, "fourth", Delegate)
        assert await ledger.ask(ref, Query, "afterwards"), "the restarted actor does not answer"
        await supervisor.stop()


async def later_at_its_bound(stage: Stage) -> None:
    """With as many `later` tasks as may be, user messages wait; a stop waits for these tasks."""

    class Bounded(Worker):
        max_later = 2

    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Bounded, ledger, name="worker")

        async def ask(sender: str) -> None:
            with stage.victim(sender):
                await ledger.ask(ref, Delegate, sender)

        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(ask, f"asker {number}")
            await trio.sleep(1.5)
            await ledger.tell(ref, slow_job)
            await supervisor.stop_child("worker")
        await supervisor.stop()


def _check_incarnation(stage: Stage, expected: int) -> None:
    """A torn handler is no crash."""
    crashes = [event for event in stage.events if isinstance(event, smith.ChildEnded)]
    if not any(hit.strike.blow.value == "interrupt" for hit in stage.hits):
        assert len(crashes) <= expected - 1, f"somebody ended: {crashes}"


# Below the grace of 5 s, after which an asker whose handler does not unwind is let go all the same.
SCENARIOS = (
    Scenario(play=ask_one, within=6, least=60),
    Scenario(play=askers_at_a_full_mailbox, within=6, least=300),
    Scenario(play=ask_of_a_supervisor_that_is_cancelled, within=6, least=150),
    Scenario(play=ask_many_that_wait_for_room, within=6, least=200),
    Scenario(play=ask_many_of_an_actor_that_stops, within=6, least=150),
    Scenario(play=ask_of_an_actor_that_crashes, within=6, least=100),
    Scenario(play=ask_through_a_chain, within=6, least=150),
    Scenario(play=ask_in_a_circle, within=6, least=50),
    Scenario(play=ask_cancellable, within=4, least=150),
    Scenario(play=ask_cancellable_that_finishes_in_spite, within=4, least=150),
    Scenario(play=ask_many_cancellable, within=4, least=60),
    Scenario(play=ask_with_deadlines, within=6, least=150),
    Scenario(play=ask_for_a_later_answer, within=6, least=150),
    Scenario(play=later_at_its_bound, within=6, least=150),
)
