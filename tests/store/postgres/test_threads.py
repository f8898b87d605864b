"""A connection in a thread: what a cancellation does at each moment, and that nobody is left behind."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
import trio

from tests.store.in_postgres import new_database, url_of
from trio_smith.store import BadRequest, Enqueue, Execute, PostgresOptions, Select, open_store
from trio_smith.store.postgres.threads import open_in_threads
from trio_smith.store.postgres.threads._jobs import transact
from trio_smith.store.postgres.threads._line import Line
from trio_smith.testing.postgres import Postgres

THREADS = PostgresOptions(connections=2, driver="threads")


@asynccontextmanager
async def a_line(postgres: Postgres, *, grace: float = 5.0) -> AsyncGenerator[Line]:
    """Open one, and look that nothing stays of it."""
    name = f"line_{time.monotonic_ns()}"

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(postgres.dsn, autocommit=True, application_name=name)

    line = Line(connect, grace=grace)
    await line.open(trio.Semaphore(1))
    try:
        yield line
    finally:
        line.close()
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(postgres.dsn, autocommit=True) as other:
            for _ in range(500):
                if other.execute(asked, [name]).fetchone() == (0,):
                    break
                time.sleep(0.01)  # noqa: ASYNC251 - nothing else goes on
            else:
                raise AssertionError("the connection is still there")


async def cancel_soon(scope: trio.CancelScope) -> None:
    """Cancel in the midst of it."""
    await trio.sleep(0.1)
    scope.cancel()


@pytest.fixture
def can_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if libpq were one that can ask without holding everything up; here nothing is silent."""
    monkeypatch.setattr("trio_smith.store.postgres.threads._line.CAN_ASK", True)


@pytest.mark.parametrize("can_ask", [True, False])
async def test_a_cancelled_commit_costs_no_connection_if_the_server_can_be_asked(
    smith_postgres: Postgres, monkeypatch: pytest.MonkeyPatch, *, can_ask: bool
) -> None:
    """It stops at once, what was written before is undone, and the next one finds all as new."""
    monkeypatch.setattr("trio_smith.store.postgres.threads._line.CAN_ASK", can_ask)
    pid = Select("SELECT pg_backend_pid()")
    url = url_of(smith_postgres, new_database(smith_postgres))
    async with open_store(url, postgres=THREADS) as store:
        before = await store.ask(pid)
        for _ in range(3):
            with trio.fail_after(2), trio.move_on_after(0.1) as scope:
                await store.commit(Enqueue("q", [1]), Execute("SELECT pg_sleep(60)"))
            assert scope.cancelled_caught
        assert (await store.ask(pid) == before) is can_ask
        assert (await store.queue.statistics("q")).ready == 0


async def test_a_job_that_was_stopped_does_not_begin_to_commit(
    smith_postgres: Postgres, can_ask: None
) -> None:
    """Or a request to cancel could meet the COMMIT, and nobody would know what came of it."""
    async with a_line(smith_postgres) as line:
        begun, said = threading.Event(), []

        def program() -> Any:
            begun.set()
            while not line._stopped:
                time.sleep(0.001)
            said.append("to its end")
            return 1
            yield

        def job() -> int:
            answer: int = transact(line, program(), more=lambda: None)
            return answer

        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_soon, scope)
                await line.run(job)
        assert scope.cancelled_caught
        assert begun.is_set()
        assert said == ["to its end"]
        assert not line._committing
        assert line.is_clean()


async def test_a_commit_that_is_under_way_is_waited_for_and_told(smith_postgres: Postgres) -> None:
    """Nobody asks the server to stop it, for then it could be done or not."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    async with open_store(url, postgres=THREADS) as store:
        for statement in (
            "CREATE TABLE slow (n int)",
            """CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$""",
            """CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
               FOR EACH ROW EXECUTE FUNCTION nap()""",
        ):
            await store.commit(Execute(statement))
        with trio.move_on_after(0.2) as scope:
            assert await store.commit(Execute("INSERT INTO slow VALUES (1)")) == (1,)
        assert scope.cancel_called
        assert not scope.cancelled_caught
        assert await store.ask(Select("SELECT count(*) FROM slow")) == ((1,),)


@pytest.mark.parametrize("grace", [5, 0.1])
async def test_a_request_to_cancel_is_waited_for_before_the_next_job(
    smith_postgres: Postgres, monkeypatch: pytest.MonkeyPatch, can_ask: None, grace: float
) -> None:
    """Or it would hit that one, which nobody has cancelled; beyond the grace there is no next one."""
    async with a_line(smith_postgres, grace=grace) as line:
        passed_on: list[float] = []

        def slowly(_connection: object, *, timeout: float) -> None:
            time.sleep(0.2)
            passed_on.append(timeout)

        monkeypatch.setattr(psycopg.Connection, "cancel_safe", slowly)
        with trio.move_on_after(0.05):
            await line.run(lambda: line.connection.execute("SELECT pg_sleep(0.1)"))
        assert passed_on == [min(grace, 1.0)]
        assert line.is_clean() is (grace == 5)


async def test_a_thread_that_does_not_end_is_left_with_a_connection_that_is_closed(
    smith_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may use it no more when it goes on; and nobody waits for it for ever."""
    monkeypatch.setattr("trio_smith.store.postgres.threads._line.CUT_OFF", 0.1)
    failed: list[Exception] = []
    go_on = threading.Event()
    async with a_line(smith_postgres, grace=0.1) as line:

        def job() -> None:
            go_on.wait(10)
            try:
                line.connection.execute("SELECT 1")
            except psycopg.Error as error:
                failed.append(error)

        with trio.fail_after(1), trio.move_on_after(0.1) as scope:
            await line.run(job)
        assert scope.cancelled_caught
        assert not line.is_clean()
        go_on.set()
    assert len(failed) == 1


async def test_who_is_cancelled_while_connecting_leaves_at_once(smith_postgres: Postgres) -> None:
    """The thread stays for the time that one may take to connect, and closes what it has made."""
    go_on, closed = threading.Event(), threading.Event()

    class Made:
        closed = False

        def close(self) -> None:
            closed.set()

    def connect() -> Any:
        go_on.wait(10)
        return Made()

    line = Line(connect, grace=5)
    with trio.fail_after(0.5), trio.move_on_after(0.1) as scope:
        await line.open(trio.Semaphore(1))
    assert scope.cancelled_caught
    go_on.set()
    assert await trio.to_thread.run_sync(closed.wait, 5)


async def test_a_store_is_closed_at_once_although_a_thread_listens(smith_postgres: Postgres) -> None:
    """It is woken by the end of its connection, not by the clock."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    async with open_store(url, postgres=THREADS) as store:
        await store.keys.put("k", 1)
        await trio.sleep(0.1)
        began = trio.current_time()
    assert trio.current_time() - began < 0.5


def test_a_driver_that_does_not_exist_is_refused() -> None:
    """And those that do are named."""
    with pytest.raises(BadRequest, match=r"no driver 'thread'\. Pass one of 'trio', 'threads'\."):
        PostgresOptions(driver="thread")  # type: ignore[arg-type]


async def test_a_connection_for_which_there_is_no_thread_is_closed(
    smith_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would stay, and count at the server, for as long as the program runs."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    async with a_line(smith_postgres) as line:
        with monkeypatch.context() as patched:
            patched.setattr("trio.lowlevel.start_thread_soon", refuse)
            with pytest.raises(RuntimeError, match="thread"):
                await line.run(lambda: None)
        line.close()
        assert line.connection.closed


@pytest.mark.long
async def test_who_is_cancelled_while_connecting_again_and_again_leaves_few_threads() -> None:
    """A server that is silent would fill the process with them."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"host=127.0.0.1 port={silent.getsockname()[1]} dbname=none"
        before = threading.active_count()
        async with open_in_threads(
            dsn, options=THREADS, grace=1, parameters={"connect_timeout": 2}
        ) as connections:
            for _ in range(50):
                with trio.move_on_after(0.01):
                    await connections.tell({}, what="cannot tell")
            assert threading.active_count() - before <= THREADS.connections
            began = trio.current_time()
            with pytest.raises(psycopg.OperationalError):  # those that are left behind end, and make room
                await connections.tell({}, what="cannot tell")
            assert trio.current_time() - began < 5
