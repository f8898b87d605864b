"""Tell other processes that something was written for which they may wait."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import trio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..words import Write

CHANNEL: Final = "smith"
LONGEST: Final = 7_900
"""Bytes of a topic; PostgreSQL refuses longer ones."""

MOST: Final = 1_000
"""Topics that wait to be told; what is more is left out. Whoever is not told sees it at the next look."""

EVERY: Final = 0.005
"""Seconds from one telling to the next: what is written meanwhile is told in one."""

TELL: Final = """
    SELECT pg_notify(%(channel)s, %(who)s || topic) FROM unnest(%(topics)s::text[]) AS topic"""


class Hints:
    """Topics of what was committed and nobody else knows of yet.

    They are told in a statement of their own, after the commit: in its transaction they would cost each
    commit a round trip, and PostgreSQL lets only one transaction at a time commit that notifies.
    """

    def __init__(self) -> None:
        self._who = f"{secrets.token_hex(4)}:"
        self._topics: set[str] = set()
        self._some = trio.Event()

    def add(self, writes: Iterable[Write[Any]]) -> None:
        """Note that *writes* were committed."""
        for write in writes:
            topic = write.wakes
            if topic is not None and len(self._topics) < MOST and len(topic.encode()) <= LONGEST:
                self._topics.add(topic)
        if self._topics:
            self._some.set()

    async def wait(self) -> None:
        """Return when there are some. Cancellation: at any time."""
        await self._some.wait()

    def take(self) -> dict[str, Any]:
        """Take all of them, as the parameters of `TELL`; empty if there are none."""
        topics, self._topics, self._some = sorted(self._topics), set(), trio.Event()
        return {"channel": CHANNEL, "who": self._who, "topics": topics} if topics else {}

    def heard(self, payload: str) -> str | None:
        """Return the topic that *payload* tells; None if we have told it ourselves."""
        return None if payload.startswith(self._who) else payload.partition(":")[2]
