"""LISTEN and NOTIFY."""

from contextlib import aclosing
from typing import Any

import pytest
import trio

from trio_smith.store.postgres import TrioConnection
from trio_smith.store.postgres.driver import _notifications

Connection = TrioConnection[Any]


async def test_notifications_come_as_they_are_sent(connection: Connection, dsn: str) -> None:
    """From another connection."""
    await connection.execute("LISTEN news")
    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        got: list[str] = []
        async with aclosing(connection.notifies(stop_after=3)) as notes:
            await other.execute("NOTIFY news, 'first'")
            async for note in notes:
                got.append(note.payload)
                if len(got) < 3:
                    await other.execute(f"NOTIFY news, '{len(got)}'")
    assert got == ["first", "1", "2"]


async def send(dsn: str) -> None:
    """Notify, and give it a moment to get there."""
    async with await TrioConnection.connect(dsn, autocommit=True) as other:
        await other.execute("NOTIFY news, 'sent'")
    await trio.sleep(0.05)


async def test_a_timeout_ends_the_iteration_and_zero_looks_once(connection: Connection, dsn: str) -> None:
    """What is there is given all the same."""
    await connection.execute("LISTEN news")
    assert [note async for note in connection.notifies(timeout=0.02)] == []
    await send(dsn)
    assert [note.payload async for note in connection.notifies(timeout=0)] == ["sent"]


async def test_listening_can_be_cancelled_and_the_connection_used(connection: Connection) -> None:
    """Nothing runs at the server, so nothing has to be stopped there."""
    await connection.execute("LISTEN news")
    with trio.move_on_after(0.02) as scope:
        async with aclosing(connection.notifies()) as notes:
            await anext(notes)
    assert scope.cancelled_caught
    assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_an_iteration_that_was_dropped_leaves_the_connection_usable(
    connection: Connection, dsn: str, nursery: trio.Nursery
) -> None:
    """Another task ends it then: those who wait already get their turn, and those who come."""
    await connection.execute("LISTEN news")
    await send(dsn)
    waiting, stay = trio.Event(), trio.Event()
    got: list[Any] = []

    async def drop() -> None:
        async for _ in connection.notifies():
            await waiting.wait()
            break
        await stay.wait()

    async def ask() -> None:
        got.append(await (await connection.execute("SELECT 1")).fetchone())

    nursery.start_soon(drop)
    await trio.sleep(0.05)
    nursery.start_soon(ask)
    await trio.sleep(0.05)
    with pytest.warns(ResourceWarning, match="before it had been exhausted"):
        waiting.set()
        with trio.fail_after(5):
            while not got:  # noqa: ASYNC110 - whoever ends it tells nobody
                await trio.sleep(0.01)
    await ask()
    assert got == [(1,), (1,)]
    stay.set()


async def test_who_would_wait_for_itself_is_told(connection: Connection) -> None:
    """A statement amid an iteration."""
    await connection.execute("LISTEN news")
    await connection.execute("NOTIFY news")
    async with aclosing(connection.notifies()) as notes:
        await anext(notes)
        with pytest.raises(RuntimeError, match="uses the connection already"):
            await connection.execute("SELECT 1")
    await connection.execute("SELECT 1")


async def test_handlers_are_called_too(connection: Connection) -> None:
    """When an answer brings a notification along."""
    got: list[str] = []
    connection.add_notify_handler(lambda note: got.append(note.payload))
    await connection.execute("LISTEN news")
    await connection.execute("NOTIFY news, 'mine'")
    await connection.execute("SELECT 1")
    assert got == ["mine"]


async def payloads(connection: Connection, **how: Any) -> list[str]:
    """Return what is notified now, or as *how* says."""
    async with aclosing(connection.notifies(**{"timeout": 0, **how})) as notes:
        return [note.payload async for note in notes]


async def test_what_comes_with_an_answer_is_kept_for_who_listens_next(connection: Connection) -> None:
    """On every psycopg: 3.2.0 itself forgets it. It is given once."""
    await connection.execute("LISTEN news")
    for payload in ("one", "two"):
        await connection.execute(f"NOTIFY news, '{payload}'")
    async with connection.pipeline():
        await connection.execute("NOTIFY news, 'three'")
    assert await payloads(connection) == ["one", "two", "three"]
    assert await payloads(connection) == []


async def test_of_many_the_newest_are_kept(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that listens, and never looks, must not fill the memory. Who looks is given all."""
    monkeypatch.setattr(_notifications, "KEPT", 100)
    await connection.execute("LISTEN news")
    many = "SELECT pg_notify('news', n::text) FROM generate_series(1, 250) n"
    await connection.execute(many)
    await connection.execute("SELECT 1")
    assert await payloads(connection) == [str(number) for number in range(151, 251)]
    async with await TrioConnection.connect(connection.info.dsn, autocommit=True) as other:
        await other.execute(many)
    assert await payloads(connection, timeout=5, stop_after=250) == [str(number) for number in range(1, 251)]


async def test_a_batch_is_given_whole_and_the_rest_of_one_that_was_left_is_kept(
    connection: Connection,
) -> None:
    """As psycopg says of ``stop_after``: more may come if they came together. It forgets the rest."""
    await connection.execute("LISTEN news")
    for payload in ("one", "two", "three"):
        await connection.execute(f"NOTIFY news, '{payload}'")
    assert await payloads(connection, stop_after=1) == ["one", "two", "three"]
    for payload in ("four", "five"):
        await connection.execute(f"NOTIFY news, '{payload}'")
    async with aclosing(connection.notifies()) as notes:
        assert (await anext(notes)).payload == "four"
    assert await payloads(connection) == ["five"]


async def test_who_has_a_handler_and_listens_is_told_twice(connection: Connection) -> None:
    """Once each way; what only the handler was there for is not kept."""
    got: list[str] = []
    connection.add_notify_handler(lambda note: got.append(note.payload))
    await connection.execute("LISTEN news")
    await connection.execute("NOTIFY news, 'to the handler'")
    assert await payloads(connection) == []
    async with await TrioConnection.connect(connection.info.dsn, autocommit=True) as other:
        await other.execute("NOTIFY news, 'to both'")
    assert await payloads(connection, timeout=5, stop_after=1) == ["to both"]
    assert got == ["to the handler", "to both"]
