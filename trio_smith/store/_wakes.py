"""Wake those who wait until somebody has written what they look for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Sized

    from .words import Write

    S = TypeVar("S", bound=Sized)


class Wakes:
    """Topics with those who wait on them, in one process.

    Who waits looks again after being woken, so a wake-up too many does no harm, and one too few only lasts
    until the next look.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[trio.Event]] = {}

    def wake(self, topic: str) -> None:
        """Wake all who wait on *topic*; must be called in the Trio thread."""
        for event in self._waiting.pop(topic, ()):
            event.set()

    def wake_all(self) -> None:
        """Wake everybody; must be called in the Trio thread."""
        for topic in tuple(self._waiting):
            self.wake(topic)

    def wake_for(self, writes: Iterable[Write[object]]) -> None:
        """Wake all who wait for one of *writes*, which were committed."""
        if self._waiting:
            for write in writes:
                if (topic := write.wakes) is not None:
                    self.wake(topic)

    @contextmanager
    def listen(self, topic: str) -> Generator[trio.Event]:
        """Give an event that is set by the next wake-up of *topic*."""
        event = trio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            # A wake-up has taken the whole set away, and a new one may have begun since.
            waiting = self._waiting.get(topic)
            if waiting is not None:
                waiting.discard(event)
                if not waiting:
                    del self._waiting[topic]

    async def until(self, look: Callable[[], Awaitable[S]], *, topic: str, poll: float, deadline: float) -> S:
        """Return the first thing that *look* finds which is not empty, or the empty one at *deadline*.

        It looks at once, after each wake-up of *topic*, and every *poll* seconds.

        Cancellation: of *look*, or of the wait, in which nothing is half done.
        """
        while True:
            # Listening begins before looking: what is written in between is not missed.
            with self.listen(topic) as woken:
                found = await look()
                now = trio.current_time()
                if found or now >= deadline:
                    return found
                with trio.move_on_at(min(now + poll, deadline)):
                    await woken.wait()
