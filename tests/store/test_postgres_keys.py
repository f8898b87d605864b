"""One idempotency key from two connections at once: one commit takes effect, and both get its answer."""

from __future__ import annotations

import trio

from tests.store.in_postgres import url_of_new_schema
from trio_smith.store import Append, Enqueue, ForgetKeys, KeyReused, Store, open_store
from trio_smith.testing.postgres import Postgres

ROUNDS = 60


async def test_a_key_that_comes_from_two_connections_at_once_is_done_once(smith_postgres: Postgres) -> None:
    """The second waits for the first, and finds its answer."""
    url = url_of_new_schema(smith_postgres)
    async with open_store(url) as one, open_store(url) as other:
        for number in range(ROUNDS):
            answers: list[object] = []

            async def commit(store: Store, number: int, answers: list[object]) -> None:
                answers.append(
                    await store.commit(Append("s", [number]), Enqueue("q", [number]), key=f"n{number}")
                )

            async with trio.open_nursery() as nursery:
                for store in (one, other, one, other):
                    nursery.start_soon(commit, store, number, answers)
            assert len(answers) == 4
            assert all(answer == answers[0] for answer in answers)
        assert await one.journal.version("s") == ROUNDS
        assert (await one.queue.statistics("q")).ready == ROUNDS


async def test_of_two_commits_with_one_key_one_takes_effect(smith_postgres: Postgres) -> None:
    """Although they are not equal: then the other one is told so."""
    url = url_of_new_schema(smith_postgres)
    async with open_store(url) as one, open_store(url) as other:
        for number in range(ROUNDS):
            told: list[str] = []

            async def commit(store: Store, name: str, number: int, told: list[str]) -> None:
                try:
                    await store.journal.append("s", [name], key=f"n{number}")
                    told.append("done")
                except KeyReused:
                    told.append("reused")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(commit, one, "one", number, told)
                nursery.start_soon(commit, other, "other", number, told)
            assert sorted(told) == ["done", "reused"]
        assert await one.journal.version("s") == ROUNDS


async def test_a_key_that_is_forgotten_while_it_comes_again_is_a_new_one(smith_postgres: Postgres) -> None:
    """It is there when it is put in, and gone when one looks."""
    url = url_of_new_schema(smith_postgres)
    async with open_store(url) as one, open_store(url) as other, trio.open_nursery() as nursery:

        async def forget() -> None:
            while True:
                await other.write(ForgetKeys(keep=1e-6))

        async def repeat(number: int) -> None:
            for _ in range(5 * ROUNDS):
                await one.journal.append(f"s{number}", [1], key=f"k{number}")

        nursery.start_soon(forget)
        async with trio.open_nursery() as repeating:
            for number in range(3):
                repeating.start_soon(repeat, number)
        versions = [await one.journal.version(f"s{number}") for number in range(3)]
        nursery.cancel_scope.cancel()
    assert all(1 <= version <= 5 * ROUNDS for version in versions)
