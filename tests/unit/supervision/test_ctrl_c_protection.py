"""Ctrl-C may interrupt what is the user's, and never what the supervisors keep of it."""

import signal

import pytest
import trio
from trio.lowlevel import currently_ki_protected

import trio_smith as smith
from trio_smith.supervision import ChildSpec, open_supervisor
from trio_smith.telemetry import SupervisorStarting

from .stage import settle


async def test_a_children_function_can_be_interrupted() -> None:
    """It is the user's, in a block as in a nested supervisor."""
    seen: list[bool] = []

    async def children() -> list[ChildSpec]:
        seen.append(currently_ki_protected())
        await trio.lowlevel.checkpoint()
        seen.append(currently_ki_protected())
        return []

    async with open_supervisor(children=children) as supervisor:
        await supervisor.start_supervisor(children=children)
        await supervisor.stop()
    assert seen == [False] * 4


@pytest.mark.parametrize("nested", [False, True], ids=["of a block", "of a nested supervisor"])
def test_an_interrupted_children_function_ends_the_program(nested: bool) -> None:  # noqa: FBT001 - a parameter
    """At once, in the middle of what it does."""
    went_on: list[bool] = []

    async def children() -> list[ChildSpec]:
        signal.raise_signal(signal.SIGINT)
        went_on.append(True)
        return []

    async def main() -> None:
        async with open_supervisor(children=() if nested else children) as supervisor:
            await supervisor.start_supervisor(children=children)

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert not went_on


class Asks(smith.Actor[str]):
    """An actor that asks something of its own supervisor."""

    @smith.on(str)
    async def handle(self, message: str) -> None:
        """Stop, or open a supervisor of its own."""
        if message == "stop":
            self.context.stop()
        else:
            assert self.context.supervisor


async def test_closing_ones_own_mailbox_is_not_interrupted() -> None:
    """Half of it would leave a closed mailbox with messages in it that nobody gives up."""
    seen: list[bool] = []
    async with open_supervisor() as supervisor:
        supervisor.system.dead_letters.subscribe(lambda _letter: seen.append(currently_ki_protected()))
        ref = await supervisor.start(Asks)
        for message in ("stop", "one", "two"):
            ref.tell_nowait(message)
    assert seen == [True, True]


async def test_opening_the_supervisor_of_an_actor_is_not_interrupted() -> None:
    """Half of it would leave one that nobody stops."""
    seen: list[bool] = []

    def observe(event: object) -> None:
        if isinstance(event, SupervisorStarting):
            seen.append(currently_ki_protected())

    async with open_supervisor(observe=observe) as supervisor:
        ref = await supervisor.start(Asks)
        await ref.tell("open")
        await settle()
        await supervisor.stop()
    assert seen == [True, True]
