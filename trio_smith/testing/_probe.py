"""An actor for tests: it records what it gets and does what the test told it to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias, assert_never

import attrs
import trio

from ..actor import Actor, Down, Failure, Inbox, Monitor, Ref
from ..errors import MisuseError
from ..mailbox import Overflow


@attrs.frozen
class Answer:
    """Answer with ``value``; if the message was told, nothing happens."""

    value: object = None


@attrs.frozen
class AnswerBy:
    """Answer with what ``function(message)`` returns, after so many seconds."""

    function: Callable[[Any], object]
    seconds: float = 0.0


@attrs.frozen
class Crash:
    """Raise ``error`` with the message in hand."""

    error: BaseException = attrs.field(factory=lambda: RuntimeError("the probe was told to crash"))


@attrs.frozen
class Block:
    """Keep the message in hand until `Probe.release`, then answer with ``value``; or until cancelled."""

    value: object = None


@attrs.frozen
class Hang:
    """Keep the message in hand until cancelled; a stubborn one ignores that until `Probe.release`."""

    stubborn: bool = False


Deed: TypeAlias = Answer | AnswerBy | Crash | Block | Hang
"""What a `Probe` does with a message: `Answer`, `AnswerBy`, `Crash`, `Block` or `Hang`."""


class ProbeIsDown(MisuseError, RuntimeError):
    """Something was wanted of a probe that has no running incarnation."""

    fix = "Start it first: `ref = await supervisor.start(probe)`."

    def __init__(self, *, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(what=f"the probe cannot {wanted}", why="it does not run")


class Probe:
    """The test's end of the actor; it lasts over restarts: ``ref = await supervisor.start(probe, name="p")``.

    It takes any message. What it does with the next ones is said by `will`, with all others by `usually`
    (at first: answer None). *capacity*, *overflow* and *deliveries* are those of the actor's mailbox.
    """

    def __init__(
        self, *, capacity: int = 1024, overflow: Overflow = Overflow.WAIT, deliveries: int = 1
    ) -> None:
        self.messages: list[Any] = []
        """Every message that it took, in order; one that is delivered again stands there again."""
        self.failures: list[Failure] = []
        """What the restarted incarnations were told of the crash before them."""
        self.downs: list[Down] = []
        """What it was told of the ends of those that it watches."""
        self.incarnations = 0
        """How often it was made."""
        self._deeds: deque[Deed] = deque()
        self._usually: Deed = Answer()
        self._actor: _ProbeActor | None = None
        self._taken = trio.Event()
        self._released = trio.Event()
        options = {"mailbox_capacity": capacity, "mailbox_overflow": overflow, "max_deliveries": deliveries}
        # A class of its own: the options of a mailbox belong to the class of an actor.
        self._kind: type[_ProbeActor] = type("ProbeActor", (_ProbeActor,), options)

    def __call__(self) -> Actor[Any]:
        """Make the next incarnation; for the supervisor."""
        self.incarnations += 1
        self._actor = self._kind(self)
        return self._actor

    def will(self, *deeds: Deed) -> None:
        """Do *deeds* with the next messages, one each, after those that were said before."""
        self._deeds.extend(deeds)

    def usually(self, deed: Deed) -> None:
        """Do *deed* with all messages for which nothing else was said."""
        self._usually = deed

    def release(self) -> None:
        """End what `Block` and a stubborn `Hang` hold now; later ones hold again."""
        self._released.set()
        self._released = trio.Event()

    def watch(self, ref: Ref[Any], /) -> Monitor:
        """Monitor *ref*; what comes of it is noted in ``downs``. It ends with this incarnation.

        Raises:
            ProbeIsDown: There is no running incarnation.
        """
        if self._actor is None:
            raise ProbeIsDown(wanted="watch")
        return self._actor.context.monitor(ref)

    async def wait_for(self, count: int, /) -> list[Any]:
        """Wait until it has taken so many messages in all, and return them.

        Cancellation: a checkpoint; nothing happens to the probe.
        """
        await trio.lowlevel.checkpoint()
        while len(self.messages) < count:
            await self._taken.wait()
        return self.messages[:count]

    # For the actor -----------------------------------------------------------------------

    def take(self, message: object) -> Deed:
        """Note *message*, and return what is to be done with it."""
        self.messages.append(message)
        self._taken.set()
        self._taken = trio.Event()
        return self._deeds.popleft() if self._deeds else self._usually

    async def hold(self) -> None:
        """Wait for `release`."""
        await self._released.wait()


class _ProbeActor(Actor[Any]):
    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    def on_restart(self, failure: Failure, /) -> None:
        self.probe.failures.append(failure)

    def on_down(self, down: Down, /) -> None:
        self.probe.downs.append(down)

    async def run(self, inbox: Inbox[Any], /) -> None:
        async for message in inbox:
            deed = self.probe.take(message)
            match deed:
                case Answer():
                    inbox.answer(deed.value)
                case AnswerBy():
                    await trio.sleep(deed.seconds)
                    inbox.answer(deed.function(message))
                case Crash():
                    raise deed.error
                case Block():
                    await self.probe.hold()
                    inbox.answer(deed.value)
                case Hang(stubborn=False):
                    await trio.sleep_forever()
                case Hang():
                    # Without a deadline, which nothing of ours has: to be stuck is what it is there for.
                    with trio.CancelScope(shield=True):
                        await self.probe.hold()
                case _:
                    assert_never(deed)
