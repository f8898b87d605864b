"""How cost grows: find a name, pick from a group, publish, subscribe, among *population* entries of each."""

import os
from collections.abc import Callable

import trio

import trio_smith as smith
from stress.bench.measure import argument, emit, now

MOST_ACTORS = 10_000
BATCH = 64


@smith.message
class Tick:
    """What is published."""


class Ear(smith.Actor[Tick]):
    """Hears it."""

    @smith.on(Tick)
    def tick(self, _: Tick) -> None:
        """Do nothing."""


def _per_second(call: Callable[[int], object], n: int) -> float:
    begun = now()
    for number in range(n):
        call(number)
    return n / (now() - begun)


async def _published(topics: smith.Topics, topic: str, n: int) -> None:
    """Publish to two actors, in bursts that their mailboxes hold."""
    message, taken = Tick(), 0.0
    for _ in range(n // BATCH):
        begun = now()
        for _ in range(BATCH):
            topics.publish(topic, message)
        taken += now() - begun
        await trio.lowlevel.checkpoint()
    emit("publish", n // BATCH * BATCH / taken, "/s")


async def _main(population: int, n: int) -> None:
    async with smith.open_supervisor() as supervisor:
        system = supervisor.system
        actors = min(population, MOST_ACTORS)
        refs = [await supervisor.start(Ear, name=f"ear-{number}") for number in range(actors)]
        for number in range(population):
            ref = refs[number % actors]
            system.names.register(f"name-{number}", ref)
            # Words in common and wildcards, as topics have them; one of a thousand in each branch.
            system.topics.subscribe(ref, f"orders.{number % 1_000}.{number}.*")
            system.groups.join("all", ref)
        for number in range(2):
            system.topics.subscribe(refs[number], "ticks.eu.>")
        # As many among few as among many, from all over: else it is the processor's cache that is measured.
        names = [f"name-{number}" for number in range(0, population, population // 10)]
        emit("find", _per_second(lambda number: system.names.find(names[number % len(names)]), n), "/s")
        emit("pick", _per_second(lambda _: system.groups.pick("all"), n), "/s")
        await _published(system.topics, "ticks.eu.dax", n)
        guest = await supervisor.start(Ear, name="guest")

        def come_and_go(_: int) -> None:
            system.topics.subscribe(guest, "orders.7.*.>")
            system.topics.unsubscribe(guest, "orders.7.*.>")

        emit("subscribe", _per_second(come_and_go, n // 5), "/s")
        os._exit(0)


trio.run(_main, argument("population", 10), argument("n", 100_000))
