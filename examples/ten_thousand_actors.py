"""Ten thousand supervised actors in one thread: started, passed a rumour, crashed, stopped in order.

Each knows the next one, and the rumour runs through them all. Then every hundredth crashes; their
supervisor starts these again, one by one, and the rumour gets through as before.

Try breaking it: leave ``max_restarts`` at its default. The fourth crash within five seconds is one too
many, and all ten thousand are stopped in order before the failure comes out.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager

import trio

import trio_smith as smith

ACTORS = 10_000


@smith.message
class Rumour:
    """Passed on until it comes to the end of the row."""

    heard_by: int = 0


@smith.message
class Stumble:
    """Crashes its recipient."""


class Gossip(smith.Actor[Rumour | Stumble]):
    """Passes on what it hears."""

    def __init__(self, after_me: smith.Ref[Rumour] | trio.MemorySendChannel[int]) -> None:
        self.after_me = after_me

    @smith.on(Rumour)
    def hear(self, message: Rumour) -> None:
        """Tell the next one, or whoever waits at the end."""
        heard_by = message.heard_by + 1
        if isinstance(self.after_me, smith.Ref):
            self.after_me.tell_nowait(Rumour(heard_by))
        else:
            self.after_me.send_nowait(heard_by)

    @smith.on(Stumble)
    def stumble(self, _message: Stumble) -> None:
        """Crash."""
        raise RuntimeError("stumbled")


@contextmanager
def timed(what: str) -> Generator[None]:
    """Print how long the block takes."""
    begin = time.perf_counter()
    yield
    print(f"{time.perf_counter() - begin:6.2f} s  {what}")


async def main() -> None:
    """Do it all, and say how long each part takes."""
    ear, heard = trio.open_memory_channel[int](1)
    with timed("all of it, with the stop in reverse order"):
        async with smith.open_supervisor(max_restarts=ACTORS) as supervisor:
            with timed(f"to start {ACTORS:,}, each awaited until it is ready"):
                row = [await supervisor.start(Gossip, ear)]
                while len(row) < ACTORS:
                    row.append(await supervisor.start(Gossip, row[-1]))
            with timed("for a rumour to run through all"):
                row[-1].tell_nowait(Rumour())
                print(f"heard by {await heard.receive():,}")
            with timed("for 100 crashes, 100 restarts, and the rumour once more"):
                for ref in row[::100]:
                    ref.tell_nowait(Stumble())
                row[-1].tell_nowait(Rumour())
                print(f"heard by {await heard.receive():,}")
            await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
