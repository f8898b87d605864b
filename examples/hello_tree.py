"""A first supervision tree: what it looks like, and what a crash does to it.

An actor and a plain async function live under one supervisor. The actor trips over an empty name; its
supervisor starts it again under the same ref, and nobody else notices.

Try breaking it: open the supervisor with ``max_restarts=0`` and see the crash come out of `trio.run`.
"""

import trio

import trio_smith as smith


@smith.message
class Greet(smith.Request[str]):
    """Answered by a greeting."""

    name: str


class Greeter(smith.Actor[Greet]):
    """Its state lives as long as its incarnation: a restart begins with a fresh one."""

    def __init__(self, word: str) -> None:
        self.word, self.greeted = word, 0

    @smith.on(Greet)
    def greet(self, message: Greet) -> str:
        """Handle one message at a time; what it returns is the answer, what it raises is a crash."""
        if not message.name:
            raise ValueError("there is nobody to greet")
        self.greeted += 1
        return f"{self.word} {message.name}, you are number {self.greeted}"


async def watch() -> None:
    """Any async function is a child, too."""
    await trio.sleep_forever()


async def main() -> None:
    """Start two children, crash one of them, stop both."""
    async with smith.open_supervisor(name="hello", max_restarts=3, within=5.0) as supervisor:
        greeter = await supervisor.start(Greeter, "Hello", name="greeter")
        await supervisor.start(watch, name="watchman")
        print(supervisor.tree(), end="\n\n")

        print(await greeter.ask(Greet("Ada")))
        print(await greeter.ask(Greet("Grace")))
        try:
            await greeter.ask(Greet(""))
        except smith.ActorCrashed as crash:
            print(f"crashed: {crash.__cause__}")
        print(await greeter.ask(Greet("Barbara")), end="\n\n")  # the same ref, the next incarnation

        print(supervisor.tree())
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
