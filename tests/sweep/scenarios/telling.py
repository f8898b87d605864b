"""`tell`, under every policy: sent, refused or cancelled, and what was sent is handled or dead."""

from __future__ import annotations

import trio

import trio_smith as smith
from tests.sweep.cast import DroppingNewest, DroppingOldest, Job, Query, Refusing, Worker, slow_job
from tests.sweep.ledger import Ledger
from tests.sweep.scenario import Scenario
from trio_smith.testing import Stage


async def _tellers(stage: Stage, kind: type[Worker]) -> None:
    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(kind, ledger, name="worker")
        stage.at_end(lambda: _check_numbers(stage, ledger, ref))

        async def tell(sender: str) -> None:
            with stage.victim(sender):
                for _ in range(3):
                    await ledger.tell(ref, slow_job, sender)
                    await trio.lowlevel.checkpoint()

        async def ask() -> None:
            with stage.victim("asker"):
                for _ in range(2):
                    await ledger.ask(ref, Query, "asker")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell, "first")
            nursery.start_soon(tell, "second")
            nursery.start_soon(ask)
        await supervisor.stop_child("worker", drain=10.0)
        await supervisor.stop()


def _check_numbers(stage: Stage, ledger: Ledger, ref: smith.Ref[object]) -> None:
    """What the mailbox counted is what the others saw."""
    numbers = ref.statistics()
    assert numbers.depth == 0, f"{numbers.depth} messages wait in a mailbox that is closed"
    assert numbers.senders_waiting == 0, "senders wait at a mailbox that is closed"
    assert numbers.peak <= numbers.capacity, f"the peak was {numbers.peak}"
    if stage.outcome is None:
        assert numbers.received == len(set(ledger.begun)), (
            f"{numbers.received} received, begun {ledger.begun}"
        )


async def tell_waits_for_room(stage: Stage) -> None:
    """Policy: wait."""
    await _tellers(stage, Worker)


async def tell_is_refused(stage: Stage) -> None:
    """Policy: refuse."""
    await _tellers(stage, Refusing)


async def tell_drops_the_oldest(stage: Stage) -> None:
    """Policy: drop the oldest."""
    await _tellers(stage, DroppingOldest)


async def tell_drops_the_newest(stage: Stage) -> None:
    """Policy: drop the newest."""
    await _tellers(stage, DroppingNewest)


async def tell_many(stage: Stage) -> None:
    """More than 64 at once: a full checkpoint in between, and a batch of the actor ends."""

    class Roomy(Worker):
        mailbox_capacity = 200

        @smith.on(Job)
        def job(self, message: Job) -> None:  # type: ignore[override]
            """At once."""
            self.ledger.begin(message.n)
            self.ledger.finish(message.n)

    async with smith.open_supervisor(observe=stage.observe) as supervisor:
        stage.watch(supervisor)
        ledger = Ledger(stage, supervisor)
        ref = await supervisor.start(Roomy, ledger, name="worker")
        with stage.victim("teller"):
            for _ in range(140):
                await ledger.tell(ref, Job)
        for _ in range(70):
            ledger.tell_nowait(ref, Job)
        await ledger.ask(ref, Query)
        ledger.check_all_done()
        await supervisor.stop()


SCENARIOS = (
    Scenario(play=tell_waits_for_room, within=15, least=240),
    Scenario(play=tell_is_refused, within=15, least=150),
    Scenario(play=tell_drops_the_oldest, within=15, least=150),
    Scenario(play=tell_drops_the_newest, within=15, least=150),
    Scenario(play=tell_many, within=5, least=40),
)
