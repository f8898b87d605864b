"""What a hostile reader tried on a store in PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

import psycopg
import pytest
import trio
import trio.testing

from tests.store.in_postgres import new_database, url_of, url_of_new_schema
from trio_smith.store import (
    Append,
    BadRequest,
    Execute,
    PostgresOptions,
    Put,
    Select,
    StoreBusy,
    StoreClosed,
    StoreFailed,
    StoreUnavailable,
    VersionConflict,
    _store,
    open_store,
)
from trio_smith.store.postgres._failures import failure
from trio_smith.testing.postgres import Postgres


@pytest.mark.parametrize(
    "leaving",
    [
        "INSERT INTO mine VALUES (1); COMMIT; INSERT INTO mine VALUES (2)",
        "SELECT 1; ROLLBACK",
        "/* a /* nested */ comment */ COMMIT",
        "/*postgres COMMIT; */ SELECT 1",
        "-- a comment that ends here\rCOMMIT /*\n x */",
        "PREPARE TRANSACTION 'mine'",
    ],
)
async def test_no_statement_ends_the_transaction_that_it_is_a_part_of(
    smith_postgres: Postgres, leaving: str
) -> None:
    """Else what was written before it would stay although the commit fails."""
    async with open_store(url_of(smith_postgres, new_database(smith_postgres))) as store:
        await store.commit(Execute("CREATE TABLE mine (number integer)"))
        with pytest.raises((BadRequest, VersionConflict)) as refused:
            await store.commit(Put("key", 1), Execute(leaving), Append("stream", [1], expected=99))
        assert await store.keys.get("key") is None
        assert await store.ask(Select("SELECT count(*) FROM mine")) == ((0,),)
        assert refused.type is BadRequest


async def test_signs_in_a_text_with_escapes_are_no_parameters(smith_postgres: Postgres) -> None:
    """PostgreSQL knows texts in which a backslash hides a quote."""
    async with open_store(url_of(smith_postgres, new_database(smith_postgres))) as store:
        assert await store.ask(Select(r"SELECT E'it\'s :x; 5 %'")) == (("it's :x; 5 %",),)


async def test_a_store_outlasts_the_loss_of_its_listener_while_all_else_is_in_use(
    smith_postgres: Postgres,
) -> None:
    """To be woken is a comfort; the loss of it, for longer than one waits for a connection, ends nothing."""
    url = url_of(smith_postgres, new_database(smith_postgres))
    options = PostgresOptions(connections=2, acquire_timeout=0.3)
    ready: list[object] = []
    async with open_store(url, postgres=options) as store, trio.open_nursery() as nursery:
        with psycopg.connect(smith_postgres.dsn, autocommit=True) as other:
            listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            for _ in range(500):
                await trio.sleep(0.01)
                if other.execute(listening).fetchone() == (1,):
                    break

            async def use() -> None:
                ready.append(await store.ask(Select("SELECT 1 FROM pg_sleep(0.5)")))

            nursery.start_soon(use)
            nursery.start_soon(use)  # which waits, and gets the connection that the listener loses
            await trio.sleep(0.02)
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert len(ready) == 2


@pytest.mark.parametrize("driver", ["trio", "threads"])
async def test_who_waits_in_vain_at_the_end_is_told_that_the_store_is_closed(
    smith_postgres: Postgres, monkeypatch: pytest.MonkeyPatch, driver: Literal["trio", "threads"]
) -> None:
    """Of the pool nobody knows who uses a store, and that nothing was written is certain."""
    monkeypatch.setattr(_store, "GRACE", 0.1)
    refused: list[StoreClosed] = []
    options = PostgresOptions(connections=2, driver=driver)

    async def refuse(function: Callable[[], Awaitable[object]]) -> None:
        try:
            await function()  # one may still get the connection of the listener
        except StoreClosed as closed:
            refused.append(closed)

    url = url_of_new_schema(smith_postgres)
    async with trio.open_nursery() as nursery:  # noqa: SIM117 - the store is closed while they wait
        async with open_store(url, postgres=options) as store:
            nursery.start_soon(store.ask, Select("SELECT 1 FROM pg_sleep(2)"))
            await trio.sleep(0.5)  # one listens, and one has much to do
            nursery.start_soon(refuse, lambda: store.keys.get("key"))
            nursery.start_soon(refuse, lambda: store.keys.put("key", 1))
            for job in range(3):
                nursery.start_soon(refuse, partial(store.queue.enqueue, "queue", job))
            await trio.testing.wait_all_tasks_blocked()
    assert len(set(refused)) >= 2


@pytest.mark.parametrize("seconds", [math.inf, 3e6])
def test_a_time_for_statements_that_the_server_cannot_count_is_refused(seconds: float) -> None:
    """It refused it too, as a statement of the application that is wrong; or Python could not say it."""
    with pytest.raises(BadRequest, match="statement_timeout"):
        PostgresOptions(statement_timeout=seconds)


@pytest.mark.parametrize(
    "lasting",
    [
        "SET search_path = pg_catalog",
        " ; /* a /* nested */ one */ set session statement_timeout = 1",
        "RESET search_path",
        "DISCARD ALL",
        "LISTEN mine",
        "PREPARE mine AS SELECT 1",
    ],
)
async def test_nothing_stays_with_the_connection_of_a_commit(smith_postgres: Postgres, lasting: str) -> None:
    """The next commit has it, whoever's that is, and would no longer find its tables."""
    async with open_store(url_of_new_schema(smith_postgres)) as store:
        with pytest.raises(BadRequest, match="SET LOCAL"):
            await store.commit(Put("key", 1), Execute(lasting))
        assert await store.keys.get("key") is None
        for passing in ("SET LOCAL work_mem = '77MB'", "SET CONSTRAINTS ALL DEFERRED"):
            assert await store.commit(Execute(passing)) == (0,)


@pytest.mark.parametrize(("state", "kind"), [("25P03", StoreUnavailable), ("25P04", StoreBusy)])
def test_a_time_of_the_servers_own_that_was_over_is_no_fault_of_the_statement(
    state: str, kind: type[StoreFailed]
) -> None:
    """There is nothing to mend in it, and the same call may succeed later."""
    error = psycopg.OperationalError("terminating connection due to a timeout")
    error.sqlstate = state
    assert type(failure(error, what="cannot write")) is kind
