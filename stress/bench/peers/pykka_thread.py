"""pykka: a ThreadingActor, its ``tell`` and its ``ask``."""

import pykka

from stress.bench.measure import argument, emit, latencies, now


class Counter(pykka.ThreadingActor):
    """Counts what it gets, and answers with the count."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_receive(self, _: object) -> int:
        """Answer with the count."""
        self.count += 1
        return self.count


def _main(n: int) -> None:
    actor, message = Counter.start(), object()
    try:
        actor.ask(message)
        begun = now()
        for _ in range(n - 1):
            actor.tell(message)
        handled = actor.ask(message)
        emit("tell", n / (now() - begun), "/s")
        assert handled == n + 1
        samples: list[float] = []
        for _ in range(n // 5):
            begun = now()
            actor.ask(message)
            samples.append(now() - begun)
        emit("ask 1", len(samples) / sum(samples), "/s")
        latencies("ask 1", samples)
    finally:
        pykka.ActorRegistry.stop_all()  # its thread would keep the process for ever


_main(argument("n", 50_000))
