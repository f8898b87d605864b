"""What the tests of inboxes share: an actor with a body of its own."""

from __future__ import annotations

from typing import Any

import trio_smith as smith
from tests.unit.actor.stage import Declared, Echo, Note


@smith.message(raises=(Declared,))
class Fallible(smith.Request[int]):
    """May be answered by an error."""

    number: int = 0


class Body(smith.Actor[Note | Echo | Fallible]):
    """Notes what it gets, echoes what it is asked."""

    def __init__(self, seen: list[Any] | None = None) -> None:
        self.seen: list[Any] = [] if seen is None else seen

    async def run(self, inbox: smith.Inbox[Note | Echo | Fallible]) -> None:
        """Take one after the other."""
        async for message in inbox:
            self.seen.append(message)
            match message:
                case Echo():
                    inbox.answer(message.text)
                case Fallible():
                    inbox.fail(Declared(message.number))
                case Note():
                    pass
        self.seen.append("end")
