"""A message that crashes whoever handles it: tried again, then set aside, and nothing else is lost.

A crash may be bad luck, so a parser with ``max_deliveries = 3`` gets its message again after a restart.
The third crash over the same message shows that it is the message: it becomes a dead letter with the
fingerprint of the failure, whoever asked is told, and those behind it are handled.

Try breaking it: set ``max_deliveries`` to 5. Now its supervisor gives up first, for it allows three restarts.
"""

import trio

import trio_smith as smith


@smith.message
class Parse(smith.Request[int]):
    """Answered by the number that somebody has typed."""

    text: str


class Parser(smith.Actor[Parse]):
    """Trusts its input, as one may where a crash costs so little."""

    max_deliveries = 3

    def on_restart(self, failure: smith.Failure, /) -> None:
        """Run on the new instance before it takes messages: the place to look at what went wrong."""
        print(f"  crashed: {failure.exception}")

    @smith.on(Parse)
    def parse(self, message: Parse) -> int:
        """Crash over what is no number."""
        print(f"delivery {self.context.delivery} of {message}")
        return int(message.text)


def report(letter: smith.DeadLetter) -> None:
    """Say what became of a message that nobody could handle."""
    print(f"dead letter: {letter.message}, {letter.reason.value} after {letter.deliveries} deliveries,")
    print(f"  by failure {letter.fingerprint}")  # equal failures have equal fingerprints


async def main() -> None:
    """Ask for three numbers, of which one is poison."""
    async with smith.open_supervisor(max_restarts=3) as supervisor:
        supervisor.system.dead_letters.subscribe(report)
        parser = await supervisor.start(Parser, name="parser")

        texts = ["1", "two", "3"]
        outcomes = await parser.ask_many([Parse(text) for text in texts], outcomes=True)

        for text, outcome in zip(texts, outcomes, strict=True):
            print(f"{text}: {type(outcome).__name__ if isinstance(outcome, Exception) else outcome}")
        await supervisor.stop()


if __name__ == "__main__":
    trio.run(main)
