"""A poller that waits out an outage: retries for a hiccup, a circuit breaker for all that lasts longer.

A feed is polled every ten seconds and is down for four minutes. A failed look is tried again at once, with
growing waits. When three have failed in a row the breaker opens: nobody calls the feed for a minute, then one
probe looks whether it is back. The clock is Trio's virtual one, so the twelve minutes are over in a moment.

Try breaking it: take ``@patrol`` away and see how often the feed is called while it is down.
"""

from collections import Counter

import trio
from trio.testing import MockClock

import trio_smith as smith

DOWN_FROM, DOWN_UNTIL = 120.0, 360.0

again = smith.Retry(on=OSError, attempts=3, backoff=smith.Backoff(initial=1.0, jitter=0.0))
patrol = smith.CircuitBreaker(failures=3, reset_after=60.0, on=OSError, name="the feed's breaker")
calls = Counter[str]()


def clock() -> str:
    """Return the time as minutes and seconds."""
    minutes, seconds = divmod(round(trio.current_time()), 60)
    return f"{minutes:>2}:{seconds:02}"


@again
@patrol
async def look() -> str:
    """Ask the feed, which is another program far away."""
    await trio.sleep(0.1)
    if DOWN_FROM <= trio.current_time() < DOWN_UNTIL:
        calls["while down"] += 1
        raise ConnectionError("nobody answers")
    return "news"


async def poll() -> None:
    """Look every ten seconds, or when the breaker says that it is worth it."""
    looks = 0
    while True:
        wait = 10.0
        try:
            await look()
            looks += 1
        except smith.CircuitOpen as refusal:
            wait = refusal.retry_after
            print(f"{clock()}  not now: {looks} looks so far, the next in {wait:.0f} s")
        except OSError as error:
            print(f"{clock()}  {error} ({error.__notes__[0]})")
        await trio.sleep(wait)


def report(change: smith.CircuitChanged) -> None:
    """Say each change of the breaker."""
    print(f"{clock()}  {change.before.value} -> {change.after.value}")


async def main() -> None:
    """Poll for twelve minutes, as a child that is restarted for whatever else may happen."""
    patrol.subscribe(report)
    with trio.move_on_after(12 * 60):
        async with smith.open_supervisor() as supervisor:
            await supervisor.start(poll, name="poller")
    print(f"{clock()}  the feed was called {calls['while down']} times while it was down")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
