"""Whoever watches keys writes only when there is something to write."""

from __future__ import annotations

from typing import Any

import trio

from trio_smith.store import Change, Expire, MemoryAdapter, Put, Store


class Noting(MemoryAdapter):
    """Notes what it is asked to commit; its clock is Trio's."""

    def __init__(self) -> None:
        super().__init__(clock=trio.current_time)
        self.commits: list[type] = []

    async def commit(self, writes: Any, *, key: str | None) -> Any:
        """Note, and commit."""
        self.commits += map(type, writes)
        return await super().commit(writes, key=key)


async def test_a_store_that_is_only_watched_is_not_written_to(autojump_clock: object) -> None:
    """Each look of each watcher was a commit; a disk should sleep when nothing happens."""
    adapter = Noting()
    store = Store(adapter, poll=1.0)
    await store.keys.put("short", 1, ttl=50.0)
    await store.keys.put("long", 1, ttl=5_000.0)
    seen: list[Change] = []

    async def watch() -> None:
        watching = store.keys.watch()
        while True:
            seen.append(await watching.__anext__())

    adapter.commits.clear()
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(watch)
        await trio.sleep(40.5)
        assert adapter.commits == []
        await trio.sleep(1_000.0)
        nursery.cancel_scope.cancel()
    # All three may look at the moment when its time is over.
    assert set(adapter.commits) == {Expire}
    assert len(adapter.commits) <= 3
    assert Put not in adapter.commits
    assert [(change.key, change.data) for change in seen if change.data is None] == [("short", None)] * 3
