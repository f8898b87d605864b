"""What a hostile reader tried on what every store has, whichever database keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from trio_smith.store import (
    Expire,
    MemoryAdapter,
    OutcomeUnknown,
    StoreBusy,
    StoreFull,
    Write,
)
from trio_smith.store._store import Store


class Faulty(MemoryAdapter):
    """A store in memory that asks a test before each commit what is to go wrong; its clock is Trio's."""

    def __init__(self, before: Callable[[Write[Any]], float | Exception | None]) -> None:
        super().__init__(clock=trio.current_time)
        self._before = before

    async def commit(self, writes: tuple[Write[Any], ...], *, key: str | None) -> tuple[Any, ...]:
        """Raise what the test wants, or answer after so many seconds."""
        wanted = self._before(writes[0])
        if isinstance(wanted, Exception):
            raise wanted
        answers = await super().commit(writes, key=key)
        await trio.sleep(wanted or 0.0)
        return answers


@pytest.mark.parametrize("fault", [StoreFull, StoreBusy])
async def test_a_commit_does_not_fail_because_the_store_could_not_be_tidied(
    autojump_clock: object, fault: type[StoreFull]
) -> None:
    """What is old can be forgotten a minute later; whoever comes by at that moment has no part in it."""

    def before(write: Write[Any]) -> Exception | None:
        return fault(what="cannot write", why="a test wants it") if isinstance(write, Expire) else None

    store = Store(Faulty(before))
    assert await store.keys.put("key", 1) == 1
    with pytest.raises(fault):
        await store.tidy()


async def test_a_commit_is_not_unknown_because_it_is_unknown_whether_the_store_was_tidied(
    autojump_clock: object,
) -> None:
    """The commit had not begun."""
    store = Store(
        Faulty(lambda write: OutcomeUnknown(why="a test wants it") if isinstance(write, Expire) else None)
    )
    assert await store.keys.put("key", 1) == 1
