"""Children that do nothing: an actor that nobody tells anything, and a plain function that sleeps."""

import trio

import trio_smith as smith


@smith.message
class Nothing:
    """A message for the protocol's sake."""


class Idle(smith.Actor[Nothing]):
    """Waits for messages."""

    @smith.on(Nothing)
    async def nothing(self, _: Nothing) -> None:
        """Do nothing."""


async def parked() -> None:
    """Sleep for ever."""
    await trio.sleep_forever()
