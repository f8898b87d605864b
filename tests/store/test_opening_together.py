"""Who opens a store that somebody else is just making gets it too, wholly made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from tests.store.in_postgres import url_of_new_schema
from tests.store.opening import QUICK
from trio_smith.store import StoreTooOld, migrate, open_migrations, open_store
from trio_smith.testing.postgres import Postgres

ROUNDS, OPENERS = 10, 5
PROGRAM = """
import sys, trio
from trio_smith.store import open_store

async def main():
    async with open_store(sys.argv[1]) as store:
        await store.journal.append("s", [1])

print("ready", flush=True)
sys.stdin.readline()
trio.run(main)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path, smith_postgres: Postgres) -> Callable[[int], str]:
    """Where nothing is yet, for each number."""
    if request.param == "postgres":
        return lambda _: url_of_new_schema(smith_postgres)
    return lambda number: f"sqlite:{tmp_path}/{number}.db"


async def test_all_who_open_an_empty_database_at_once_get_the_store(fresh: Callable[[int], str]) -> None:
    """One of them makes the tables; to the others it is empty, or whole."""
    for number in range(ROUNDS):
        url, versions = fresh(number), list[int]()

        async def use(url: str, versions: list[int], after: float) -> None:
            await trio.sleep(after)
            async with open_store(url, sqlite=QUICK) as store:
                versions.append(await store.journal.append("s", [1]))

        async with trio.open_nursery() as nursery:
            for opener in range(OPENERS):
                nursery.start_soon(use, url, versions, opener * 0.002 * number / ROUNDS)
        assert sorted(versions) == list(range(1, OPENERS + 1))


@pytest.mark.long
def test_processes_do_so_too(fresh: Callable[[int], str]) -> None:
    """As when a service starts on several machines for the first time."""
    for number in range(2):
        url = fresh(number)
        with ExitStack() as stack:
            started = [stack.enter_context(_waiting(url)) for _ in range(3)]
            assert [process.stdout and process.stdout.readline() for process in started] == ["ready\n"] * 3
            for process in started:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
            for process in started:
                _, said = process.communicate()
                assert process.returncode == 0, said
        assert trio.run(_version, url) == 3


def _waiting(url: str) -> subprocess.Popen[str]:
    here = Path(__file__).parents[2]
    pipe = subprocess.PIPE
    arguments = [sys.executable, "-c", PROGRAM, url]
    return subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, cwd=here, text=True)


async def _version(url: str) -> int:
    async with open_store(url) as store:
        return await store.journal.version("s")


async def test_a_store_is_made_wholly_or_not_at_all(fresh: Callable[[int], str]) -> None:
    """Cut off between two steps it would be too old for ever, although nobody has ever used it."""
    url = fresh(0)
    seen: list[int] = []

    async def look() -> None:
        async with open_migrations(url) as migrations:
            while not seen or seen[-1] < len(migrations.known):
                seen.append(sum(one.applied is not None for one in await migrations.status()))
                await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        await trio.sleep(0.05)
        async with open_store(url, sqlite=QUICK):
            pass
    assert set(seen) <= {0, seen[-1]}


async def test_a_database_that_is_older_is_left_alone(fresh: Callable[[int], str]) -> None:
    """Whoever runs it decides when it is migrated."""
    url = fresh(0)
    await migrate(url, 1)
    with pytest.raises(StoreTooOld, match="0002"):
        async with open_store(url):
            pass
    await migrate(url)
    async with open_store(url, sqlite=QUICK):
        pass
