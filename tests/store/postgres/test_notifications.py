"""LISTEN and NOTIFY."""

from contextlib import aclosing
from typing import Any

import pytest
import trio

from trio_smith.store.postgres import TrioConnection

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
    connection: Connection, dsn: str
) -> None:
    """Another task ends it then, which could not release the lock."""
    await connection.execute("LISTEN news")
    await send(dsn)

    async def drop() -> None:
        async for _ in connection.notifies(timeout=0.1):
            break

    with pytest.warns(ResourceWarning, match="before it had been exhausted"):
        await drop()
        await trio.testing.wait_all_tasks_blocked()
    assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_handlers_are_called_too(connection: Connection) -> None:
    """When an answer brings a notification along."""
    got: list[str] = []
    connection.add_notify_handler(lambda note: got.append(note.payload))
    await connection.execute("LISTEN news")
    await connection.execute("NOTIFY news, 'mine'")
    await connection.execute("SELECT 1")
    assert got == ["mine"]


async def test_what_came_beside_an_answer_is_given_first(connection: Connection, dsn: str) -> None:
    """Psycopg before 3.2.4 threw it away, and whoever waited for it waited for ever."""
    await connection.execute("LISTEN news")
    await send(dsn)
    await connection.execute("SELECT 1")
    await send(dsn)
    with trio.fail_after(5):
        assert [note.payload async for note in connection.notifies(stop_after=2)] == ["sent", "sent"]
    assert [note async for note in connection.notifies(timeout=0)] == []


async def test_the_newest_are_kept_for_whoever_never_asks(connection: Connection) -> None:
    """A program that only listens for its handlers' sake must not grow."""
    await connection.execute("LISTEN news")
    for number in range(1_003):
        await connection.execute(f"NOTIFY news, '{number}'")
    notes = [int(note.payload) async for note in connection.notifies(timeout=0)]
    assert notes == list(range(3, 1_003))
