"""Rows that are put in together."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store.sql import Many
from trio_smith.store.sql._journal import INSERT_EVENT
from trio_smith.store.sql._queue import COMPLETE, ENQUEUE, SET_TIMER
from trio_smith.store.sqlite._rows import LARGEST, insert_of
from trio_smith.store.sqlite._run import run

INSERT = "INSERT INTO t (a, at)\n VALUES (:a, :now + 1)\n RETURNING id"


@pytest.mark.parametrize("text", [ENQUEUE, INSERT_EVENT])
def test_the_statements_that_put_in_many_rows_are_taken_apart(text: str) -> None:
    """If one of them were worded otherwise, it would still work, and take twice the time."""
    insert = insert_of(text)
    assert insert is not None
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE smith_jobs (id INTEGER PRIMARY KEY, queue, data, due_at, max_attempts)")
    connection.execute("CREATE TABLE smith_events (stream, version, at, data)")
    parameters = insert.text(3).count("?")
    assert parameters == 3 * text.count(":")
    connection.execute(insert.text(3), (0,) * parameters)
    connection.close()


@pytest.mark.parametrize(
    "text", [COMPLETE, SET_TIMER, "INSERT INTO t (a) VALUES (1)", "INSERT INTO t SELECT :a, :b"]
)
def test_other_statements_are_not(text: str) -> None:
    """A conflict, a SELECT, a row without parameters mean something else when they are said together."""
    assert insert_of(text) is None


@given(st.integers(0, 3 * LARGEST))
def test_each_row_is_put_in_once_and_in_order(count: int) -> None:
    """However many statements that takes, the ids grow with the rows."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, at)")

    def program():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return (yield Many(INSERT, [{"a": number} for number in range(count)]))

    result = run(program(), connection, now=2.0)
    assert result.changed == count
    assert sorted(result.rows) == [(number + 1,) for number in range(count)]
    rows = connection.execute("SELECT a, at FROM t ORDER BY id").fetchall()
    assert rows == [(number, 3.0) for number in range(count)]
    connection.close()
