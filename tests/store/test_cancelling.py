"""Commits that are cancelled at any moment: Cancelled means not written, returned means written."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import trio

from tests.store.opening import in_memory, in_sqlite
from trio_smith.store import Conflict, Store
from trio_smith.store.words import Append, Enqueue, Put

ROUNDS, AT_ONCE = 50, 50
AT_MOST = (0.0, 0.0005, 0.002, 0.01)


async def _torture(store: Store, seed: int) -> tuple[int, int]:
    """Cancel commits at random moments; return how many returned and how many were cancelled."""
    random, returned, cancelled = Random(seed), set[int](), set[int]()

    async def commit(number: int) -> None:
        doomed = number % 7 == 0
        try:
            with trio.CancelScope() as scope:
                scope.deadline = trio.current_time() + random.choice(AT_MOST) * random.random()
                if random.random() < 0.1:
                    scope.cancel()
                try:
                    await store.commit(
                        Append("s", [number]),
                        Enqueue("q", [number]),
                        Put(f"k{number}", number, expected=9 if doomed else None),
                        key=f"n{number}",
                    )
                except trio.Cancelled:
                    cancelled.add(number)
                    raise
                returned.add(number)
        except Conflict:
            assert doomed

    for round_ in range(ROUNDS):
        async with trio.open_nursery() as nursery:
            for number in range(round_ * AT_ONCE, (round_ + 1) * AT_ONCE):
                nursery.start_soon(commit, number)
    written = [int(str(event.value)) for event in await store.journal.read("s")]
    assert sorted(written) == sorted(returned), f"seed {seed}"
    assert not cancelled & returned
    assert {int(entry.key[1:]) for entry in await store.keys.scan("k")} == returned
    assert (await store.queue.statistics("q")).ready == len(returned)
    # Whoever was cancelled can repeat it, with the key of the first.
    for number in sorted(cancelled)[:20]:
        await store.journal.append("again", [number], key=f"n{number}")
    return len(returned), len(cancelled)


@pytest.mark.parametrize("seed", [1, 2])
async def test_2500_commits_that_are_cancelled_at_random_moments_keep_their_word_in_sqlite(
    tmp_path: Path, seed: int
) -> None:
    """Before it is taken, while it is written, while it is flushed, while it is delivered."""
    async with in_sqlite(tmp_path / "a.db") as under:
        returned, cancelled = await _torture(under.store, seed)
    assert returned > 200
    assert cancelled > 200


async def test_they_do_so_in_memory() -> None:
    """There is nothing to wait for, so a commit is cancelled before it begins or not at all."""
    async with in_memory() as under:
        returned, _ = await _torture(under.store, 1)
    assert returned > 200
