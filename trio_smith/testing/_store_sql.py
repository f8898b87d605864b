"""Promises of stores about the tables of the application."""

from __future__ import annotations

from ..store._errors import Conflict, StatementFailed, StoreReadOnly
from ..store.words import Append, Execute, Select
from ._channel_pair import must
from ._store_promise import StorePromise, StoreUnderTest, must_be, must_raise_from


async def _own_tables(under: StoreUnderTest) -> None:
    store = under.store
    await store.commit(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY, name TEXT)"))
    insert = "INSERT INTO mine (id, name) VALUES (:id, :name)"
    answers = await store.commit(
        Execute(insert, {"id": 1, "name": "50 % :of 'it'"}),
        Execute(insert, {"id": 2, "name": None}),
        Append("s", [1]),
    )
    must_be(answers, (1, 1, 1), "the answers")
    select = Select("SELECT id, name FROM mine WHERE name IS NULL OR name LIKE '50 %' ORDER BY id")
    must_be(await store.ask(select), ((1, "50 % :of 'it'"), (2, None)), "the rows")
    must_be(await store.ask(Select("SELECT id FROM mine ORDER BY id", limit=1)), ((1,),), "one row")
    await must_raise_from(
        StatementFailed,
        store.commit(Append("s", [2]), Execute(insert, {"id": 1, "name": "twice"})),
        "a second row with the same key",
    )
    await must_raise_from(StatementFailed, store.commit(Execute("no sql")), "what is no SQL")
    await must_raise_from(StatementFailed, store.ask(Select("SELECT nothing FROM mine")), "no such column")
    await must_raise_from(
        Conflict,
        store.commit(Execute("DELETE FROM mine"), Append("s", [2], expected=0)),
        "a commit that is doomed",
    )
    must_be(await store.write(Execute("DELETE FROM mine WHERE id > :id", {"id": 0})), 2, "deleting")
    must_be(await store.journal.version("s"), 1, "the version")


async def _only_read(under: StoreUnderTest) -> None:
    store = under.store
    await store.commit(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)"))
    writing = "INSERT INTO mine (id) VALUES (1) RETURNING id"
    told = await must_raise_from(StoreReadOnly, store.ask(Select(writing)), "a query that writes")
    must("Execute" in told.fix, f"a query that writes was told: {told.fix}")
    with_tables = f"WITH one AS (SELECT 1) {writing}"
    await must_raise_from(StoreReadOnly, store.ask(Select(with_tables)), "another one")
    must_be(await store.ask(Select("SELECT id FROM mine")), (), "the rows")


async def _counted(under: StoreUnderTest) -> None:
    await under.store.commit(Execute("CREATE TABLE mine (id INTEGER PRIMARY KEY)"))
    answers = await under.store.commit(
        Execute("INSERT INTO mine (id) VALUES (1), (2), (3)"),
        Execute("SELECT id FROM mine"),
        Execute("WITH one AS (SELECT 1) SELECT id FROM mine"),
        Execute("UPDATE mine SET id = id WHERE id > 9"),
        Execute("WITH more AS (SELECT 4 AS id UNION SELECT 5) INSERT INTO mine (id) SELECT id FROM more"),
        Execute("WITH one AS (SELECT 1) UPDATE mine SET id = id WHERE id > 1"),
        Execute("DELETE FROM mine WHERE id < 4"),
        Execute("CREATE INDEX mine_too ON mine (id)"),
    )
    must_be(answers, (3, 0, 0, 0, 2, 4, 3, 0), "how many rows were changed")


SQL_PROMISES = (
    StorePromise(
        sentence="the application's own tables are written in the same commit", check=_own_tables, sql=True
    ),
    StorePromise(sentence="a query of the application cannot write", check=_only_read, sql=True),
    StorePromise(
        sentence="a statement tells how many rows it changed, not how many it read", check=_counted, sql=True
    ),
)
