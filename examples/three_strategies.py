"""One crash, three strategies: who is stopped, and who is started again, when b fails.

Try breaking it: let b fail four times in a row. Three restarts in five seconds are allowed, so the
supervisor gives up on the fourth, and what it says names the child and the last failures.
"""

import itertools

import trio

import trio_smith as smith

STRATEGIES = (smith.Strategy.ONE_FOR_ONE, smith.Strategy.ONE_FOR_ALL, smith.Strategy.REST_FOR_ONE)


@smith.message
class Fail:
    """Crashes its recipient."""


@smith.message
class Ready(smith.Request[bool]):
    """Answered as soon as its recipient is up."""


class Worker(smith.Actor[Fail | Ready]):
    """One of three that work together."""

    @smith.on(Fail)
    def fail(self, _message: Fail) -> None:
        """Crash."""
        raise RuntimeError("a wheel came off")

    @smith.on(Ready)
    def ready(self, _message: Ready) -> bool:
        """Answer."""
        return True


async def story_of(strategy: smith.Strategy) -> list[str]:
    """Crash the second of three children, and return what happens, in exact order."""
    story: list[str] = []

    def note(event: object) -> None:
        match event:
            case smith.ChildStarted(id=name):
                story.append(f"{name} starts")
            case smith.ChildEnded(id=name, reason=smith.Crashed()):
                story.append(f"{name} crashes")
            case smith.ChildEnded(id=name):
                story.append(f"{name} stops")
            case _:
                pass  # restarts decided, supervisors begun and ended

    children = [smith.child(Worker, name=name) for name in "abc"]
    async with smith.open_supervisor(strategy=strategy, children=children, observe=note) as supervisor:
        story.clear()  # that all three start at first is no news
        workers = [supervisor.system.find(name, Worker) for name in "abc"]
        workers[1].tell_nowait(Fail())
        for worker in workers:  # a mailbox outlives the crash, so this waits until all three are up again
            await worker.ask(Ready())
        restart = story.copy()
        await supervisor.stop()
    return restart


async def main() -> None:
    """Print the three stories side by side."""
    stories = [await story_of(strategy) for strategy in STRATEGIES]
    heads = [strategy.value for strategy in STRATEGIES]
    for row in itertools.chain([heads], itertools.zip_longest(*stories, fillvalue="")):
        print("".join(f"{cell:<16}" for cell in row).rstrip())


if __name__ == "__main__":
    trio.run(main)
