"""The store itself: what it refuses, when it tidies, how it ends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import pytest
import trio

from trio_smith.store import BadRequest, BadStoreUrl, Store, StoreClosed, open_store
from trio_smith.store._store import SWEEP
from trio_smith.store.memory import MemoryAdapter
from trio_smith.store.words import Append, Execute, Expire, ForgetKeys, ForgetMarks, Put, Query, Select, Write


class Noting(MemoryAdapter):
    """Notes what it is asked to commit."""

    def __init__(self) -> None:
        super().__init__(clock=trio.current_time)
        self.asked: list[tuple[type, ...]] = []

    async def commit(self, writes: Any, *, key: str | None) -> Any:
        """Note, and commit."""
        self.asked.append(tuple(map(type, writes)))
        return await super().commit(writes, key=key)


async def test_it_tidies_once_a_minute_with_a_commit(autojump_clock: object) -> None:
    """No task of its own is needed, and a store that nobody writes to has nothing to tidy."""
    adapter = Noting()
    store = Store(adapter)
    for _ in range(13):
        await store.journal.append("s", [1])
        await trio.sleep(10.0)
    assert adapter.asked.count((Expire, ForgetMarks, ForgetKeys)) == 3


async def test_much_that_is_old_is_forgotten_bit_by_bit(autojump_clock: object) -> None:
    """Whoever comes by at that moment must not wait for a million rows."""
    adapter = Noting()
    store = Store(adapter, keep_keys=100.0, keep_marks=10.0)
    for number in range(2 * SWEEP + 10):
        await store.keys.put(f"k{number}", 1, ttl=5.0, key=f"once {number}")
    await trio.sleep(101.0)
    adapter.asked.clear()
    await store.keys.put("k", 1)
    assert adapter.asked == [(Expire, ForgetMarks, ForgetKeys), (Put,)]
    assert len(adapter._tables.commits) == SWEEP + 10
    for _ in range(5):
        await store.keys.put("k", 1)
    assert adapter.asked.count((Expire, ForgetMarks, ForgetKeys)) == 3
    assert adapter._tables.commits == {}
    await trio.sleep(11.0)
    await store.tidy()
    assert list(adapter._tables.held) == ["k"]


async def test_after_its_end_it_refuses_everything() -> None:
    """Whoever kept it is told, instead of waiting for ever."""
    store = Store(MemoryAdapter())
    await store.close()
    for call in (
        lambda: store.commit(Append("s", [1])),
        lambda: store.journal.read("s"),
        store.tidy,
        lambda: store.queue.claim("q"),
    ):
        with pytest.raises(StoreClosed):
            await call()
    with pytest.raises(StoreClosed):
        _ = store.wakes


async def test_a_path_opens_the_file_that_it_names(tmp_path: Path) -> None:
    """Whatever its name is; nothing in it is decoded, and no ending is asked for."""
    for name in ("a%20b", "c #1?.db", "größe"):
        async with open_store(tmp_path / name) as store:
            await store.keys.put("k", name)
        async with open_store(f"sqlite:///{quote(str(tmp_path / name))}") as store:
            assert (await store.keys.get("k")) is not None
    async with open_store(Path(f"/{tmp_path}") / "c #1?.db") as store:  # POSIX keeps two slashes
        assert (await store.keys.get("k")) is not None
    assert {one.name for one in await trio.Path(tmp_path).iterdir()} == {"a%20b", "c #1?.db", "größe"}
    with pytest.raises(BadStoreUrl):
        async with open_store(tmp_path / "a\nb"):
            pass


@pytest.mark.parametrize("poll", [0, 0.0, -1.0, math.nan])
async def test_to_look_without_pause_is_refused(poll: float) -> None:
    """It would spin for as long as somebody waits, and is told before a database is opened."""
    for opening in (open_store("memory:", poll=poll), open_store("postgresql://nobody@/none", poll=poll)):
        with pytest.raises(BadRequest, match="poll is"):
            async with opening:
                pass
    with pytest.raises(BadRequest, match="poll is"):
        Store(MemoryAdapter(), poll=poll)


@pytest.mark.parametrize("options", [{"keep_keys": 0.0}, {"keep_marks": -1.0}, {"keep_keys": math.inf}])
async def test_what_cannot_be_kept_for_so_long_is_refused(options: dict[str, float]) -> None:
    """When the store is opened, and not a minute later by whoever commits."""
    with pytest.raises(BadRequest, match="must be positive"):
        async with open_store("memory:", **options):
            pass


async def test_what_is_no_write_is_refused() -> None:
    """A list is forgotten to be unpacked more often than not."""
    store = Store(MemoryAdapter())
    for wrong in ([Append("s", [1])], Select("SELECT 1"), None):
        with pytest.raises(BadRequest, match="is no write"):
            await store.commit(wrong)  # type: ignore[arg-type]


async def test_what_the_store_in_memory_cannot_do_is_refused() -> None:
    """It has no SQL; and nobody knows what a write of one's own would mean."""

    @attrs.frozen
    class Own(Write[None]):
        pass

    @attrs.frozen
    class Mine(Query[None]):
        pass

    store = Store(MemoryAdapter())
    for write in (Execute("DELETE FROM a"), Own()):
        with pytest.raises(BadRequest):
            await store.commit(write)
    for query in (Select("SELECT 1"), Mine()):
        with pytest.raises(BadRequest):
            await store.ask(query)
