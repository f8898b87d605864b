"""Testing actors in virtual time: half an hour of silence and a minute of retries take milliseconds.

Trio's mock clock jumps to the next deadline whenever all tasks wait. pytest runs this file (with pytest-trio
and ``trio_mode = true``, ``autojump_clock`` is its fixture); it also runs as a program, without pytest.

Try breaking it: forget ``self.timer.cancel()`` and see which assertion notices; or set ``jitter=0.1``.
"""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from trio.testing import MockClock

import trio_smith as smith

IDLE = 30 * 60.0


@smith.message
class Touch(smith.Request[float]):
    """Keeps a session alive; answered by the time at which it was touched."""


class Session(smith.Actor[Touch]):
    """Ends itself when nobody has touched it for half an hour."""

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Begin to wait."""
        self.timer = context.after(IDLE, context.stop)
        yield

    @smith.on(Touch)
    def touch(self, _touch: Touch) -> float:
        """Begin to wait anew."""
        self.timer.cancel()
        self.timer = self.context.after(IDLE, self.context.stop)
        return trio.current_time()


async def test_a_session_ends_half_an_hour_after_its_last_touch(autojump_clock: MockClock) -> None:
    """Not after its first one: each touch replaces the timer."""
    async with smith.open_supervisor() as supervisor:
        session = await supervisor.start(Session, name="session")
        await trio.sleep(IDLE - 1)
        touched = await session.ask(Touch())

        assert await session.wait_stopped() == smith.Stopped()

        assert autojump_clock.current_time() - touched == IDLE
        assert supervisor.child("session").incarnation == 1


async def test_a_feed_that_is_down_is_tried_again_at_growing_distances(autojump_clock: MockClock) -> None:
    """Restarts wait 1, 2, 4, then 5 seconds, and nothing else of the program has to know."""
    tries: list[float] = []

    async def feed() -> None:
        tries.append(autojump_clock.current_time())
        if len(tries) < 6:
            raise ConnectionError("not yet")

    backoff = smith.Backoff(initial=1.0, factor=2.0, maximum=5.0, jitter=0.0)
    async with smith.open_supervisor(backoff=backoff, max_restarts=5) as supervisor:
        await supervisor.start(feed, name="feed")

    waits = [round(after - before, 6) for before, after in itertools.pairwise(tries)]
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


if __name__ == "__main__":
    for name, test in sorted(globals().copy().items()):
        if name.startswith("test_"):
            clock = MockClock(autojump_threshold=0)
            trio.run(test, clock, clock=clock)
            print(f"ok, {clock.current_time() / 60:4.1f} virtual minutes: {name}")
