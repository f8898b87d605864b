"""Whoever waits in another process is told soon, and nobody twice."""

from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

from tests.store.in_postgres import new_database, url_of
from trio_smith.store import Append, Enqueue, open_store
from trio_smith.store.postgres._hints import LONGEST, MOST, Hints
from trio_smith.store.words import LONGEST_STORE_NAME
from trio_smith.testing.postgres import Postgres


def test_what_is_written_meanwhile_is_told_in_one() -> None:
    """A thousand jobs for a queue are one reason to look."""
    hints = Hints()
    hints.add([Enqueue("q", [1]), Append("s", [1]), Enqueue("q", [2])])
    hints.add([Enqueue("p", [1])])
    assert hints.take()["topics"] == ["queue:p", "queue:q", "stream:s"]
    assert hints.take() == {}


def test_more_topics_than_can_be_told_are_left_out() -> None:
    """It is a hint, and must not grow while the server is away; the longest can be told."""
    hints = Hints()
    hints.add([Enqueue(f"q{number}", [1]) for number in range(MOST + 10)])
    assert len(hints.take()["topics"]) == MOST
    hints.add([Enqueue("\N{GRINNING FACE}" * (LONGEST_STORE_NAME // 4), [1])])
    (topic,) = hints.take()["topics"]
    assert len(topic.encode()) <= LONGEST


def test_what_one_has_told_oneself_is_not_heard() -> None:
    """Those who wait here were woken by the write already."""
    ours, theirs = Hints(), Hints()
    ours.add([Enqueue("q:1", [1])])
    told = ours.take()
    payload = told["who"] + told["topics"][0]
    assert theirs.heard(payload) == "queue:q:1"
    assert ours.heard(payload) is None


async def test_a_store_that_is_closed_at_once_has_told_it(smith_postgres: Postgres) -> None:
    """As a program does that puts one job in and ends."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    async with open_store(url, poll=60) as waiting, trio.open_nursery() as nursery:

        async def claim() -> None:
            with trio.fail_after(5):
                assert len(await waiting.queue.claim("q", wait=60)) == 1

        await waiting.keys.put("first", 1)
        nursery.start_soon(claim)
        await wait_all_tasks_blocked(0.1)
        async with open_store(url) as writing:
            await writing.queue.enqueue("q", 1)
