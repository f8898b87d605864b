"""One feed, four readers: each subscribes to the topics that it wants, and lags at its own cost.

The feed publishes thirty prices at once and waits for nobody. Every reader takes a millisecond for each and
has a mailbox for four; what happens to the rest is its own choice, made where it subscribes. The archive
loses nothing, the screen shows the latest, the sampler takes what it can, the guest is shown the door.

Try breaking it: give the archive a ``backlog`` of 10. It loses sixteen prices now; they are dead letters, and
``dead_letters.replay()`` at the end of ``main`` would send them to it again.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

import trio_smith as smith

PRICES = 30


@smith.message
class Price:
    """What something costs now."""

    cents: int


class Reader(smith.Actor[Price]):
    """Slow; ``policy`` says what happens to the prices that its mailbox has no room for."""

    mailbox_capacity = 4

    def __init__(self, pattern: str, policy: smith.Overflow, backlog: int = 1) -> None:
        self.pattern, self.policy, self.backlog = pattern, policy, backlog
        self.seen: list[int] = []

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Subscribe; a restarted reader asks for what it has already, which is harmless."""
        context.subscribe(self.pattern, of=Price, overflow=self.policy, backlog=self.backlog)
        yield
        print(f"{context.path:<8} {len(self.seen):>2} prices: {self.seen[0]} to {self.seen[-1]}")

    @smith.on(Price)
    async def read(self, message: Price) -> None:
        """Take a millisecond."""
        await trio.sleep(0.001)
        self.seen.append(message.cents)

    def on_lagged(self, lagged: smith.Lagged) -> None:
        """Hear that one was too slow for the policy to refuse."""
        print(f"{self.context.path:<8} is out of {lagged.pattern} after {lagged.delivered} prices")


async def feed(topics: smith.Topics) -> None:
    """Publish to two topics in turn; nobody can hold it up."""
    for cents in range(1, PRICES + 1):
        topics.publish("prices.eu.tea" if cents % 2 else "prices.us.tea", Price(cents))


async def main() -> None:
    """Let the feed run, give the readers time, and count."""
    policy = smith.Overflow
    async with smith.open_supervisor() as supervisor:
        await supervisor.start(Reader, "prices.>", policy.WAIT, 100, name="archive")
        await supervisor.start(Reader, "prices.*.tea", policy.DROP_OLDEST, name="screen")
        await supervisor.start(Reader, "prices.eu.*", policy.DROP_NEWEST, name="sampler")
        await supervisor.start(Reader, "prices.>", policy.REFUSE, name="guest")
        await supervisor.start(feed, supervisor.system.topics, name="feed")
        await trio.sleep(0.2)
        lost = supervisor.system.dead_letters.counts[smith.DeadLetterReason.OVERFLOW]
        print(f"given up and kept as dead letters: {lost}")
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
