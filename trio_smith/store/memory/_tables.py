"""What the memory store holds: tables that can take back what a commit did to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import attrs

from ..words import AuditRecord, DeadLetter, Event, Lease, Snapshot

K = TypeVar("K")
V = TypeVar("V")


class Table(dict[K, V]):
    """A dictionary that notes how to take back each change; only ``[]=`` and ``del`` change it."""

    def __init__(self, log: list[Callable[[], None]]) -> None:
        super().__init__()
        self._log = log

    def __setitem__(self, key: K, value: V) -> None:
        back = (
            partial(super().__setitem__, key, self[key]) if key in self else partial(super().__delitem__, key)
        )
        self._log.append(back)
        super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        self._log.append(partial(super().__setitem__, key, self[key]))
        super().__delitem__(key)


@attrs.frozen(kw_only=True)
class JobRow:
    """A job that waits or is in somebody's hands."""

    queue: str
    name: str | None
    data: bytes
    due_at: float
    claim: int = 0
    attempts: int = 0
    max_attempts: int


@attrs.frozen(kw_only=True)
class Dead:
    """A dead letter, and how many attempts it has again when it is replayed."""

    letter: DeadLetter
    max_attempts: int


@attrs.frozen(kw_only=True)
class Held:
    """What a key holds; no data is the mark of a key that is gone since *expires_at*."""

    data: bytes | None
    revision: int
    expires_at: float | None

    def live(self, now: float) -> bool:
        """Return whether the key is there at *now*."""
        return self.data is not None and (self.expires_at is None or self.expires_at > now)


class Tables:
    """All tables of one store."""

    def __init__(self) -> None:
        self._log: list[Callable[[], None]] = []
        self.streams = Table[str, int](self._log)
        self.events = Table[tuple[str, int], Event](self._log)
        self.snapshots = Table[str, Snapshot](self._log)
        self.jobs = Table[int, JobRow](self._log)
        self.dead = Table[int, Dead](self._log)
        self.leases = Table[str, Lease](self._log)
        self.held = Table[str, Held](self._log)
        self.audit = Table[str, tuple[AuditRecord, ...]](self._log)
        self.inbox = Table[tuple[str, str], int](self._log)
        self.commits = Table[str, tuple[bytes, tuple[object, ...], float]](self._log)
        self.counters = Table[str, int](self._log)

    def next(self, counter: str) -> int:
        """Count *counter* up and return its new value; the first is 1."""
        self.counters[counter] = number = self.counters.get(counter, 0) + 1
        return number

    def keep(self) -> None:
        """Keep what was changed since the last call of this or of `take_back`."""
        self._log.clear()

    def take_back(self) -> None:
        """Undo what was changed since the last call of this or of `keep`."""
        while self._log:
            self._log.pop()()
