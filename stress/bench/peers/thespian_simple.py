"""thespian: the simple system base, which calls the actor within the caller's own call."""

from thespian.actors import Actor, ActorSystem

from stress.bench.measure import argument, emit, latencies, now


class Counter(Actor):
    """Counts what it is told, and answers with the count to who asks."""

    def __init__(self) -> None:
        self.count = 0

    def receiveMessage(self, message: object, sender: object) -> None:  # noqa: N802, the name is thespian's
        """Count, or answer."""
        if message == "ask":
            self.send(sender, self.count)
        else:
            self.count += 1


def _main(n: int) -> None:
    system = ActorSystem("simpleSystemBase", logDefs={"version": 1})
    actor = system.createActor(Counter)
    system.ask(actor, "ask", 10)
    begun = now()
    for _ in range(n):
        system.tell(actor, "tell")
    handled = system.ask(actor, "ask", 60)
    emit("tell", n / (now() - begun), "/s")
    assert handled == n
    samples: list[float] = []
    for _ in range(n // 2):
        begun = now()
        system.ask(actor, "ask", 10)
        samples.append(now() - begun)
    emit("ask 1", len(samples) / sum(samples), "/s")
    latencies("ask 1", samples)
    system.shutdown()


_main(argument("n", 20_000))
