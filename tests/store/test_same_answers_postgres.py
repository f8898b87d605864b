"""Whatever is asked of it, a store in PostgreSQL answers as the one in memory does."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any, TypeVar

import psycopg
import pytest
import trio
from hypothesis import Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.store.in_postgres import HAND_CLOCK, url_of_new_schema
from tests.store.test_same_answers import QUERIES, SameAnswers
from trio_smith.store._ready import make_ready
from trio_smith.store.memory import _commit as in_memory
from trio_smith.store.memory._tables import Tables
from trio_smith.store.sql import Many, Program, Result, Row, Sql, commit, for_postgres, query
from trio_smith.store.words import Write
from trio_smith.testing.postgres import Postgres

R = TypeVar("R")

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""It would take longer than a test may."""


def run(program: Program[R], connection: psycopg.Connection[Row]) -> R:
    """Carry out *program* as the adapter does, and wait for each statement."""
    try:
        asked = next(program)
        while True:
            asked = program.send(_step(asked, connection))
    except StopIteration as end:
        answer: R = end.value
        return answer


def _step(asked: Sql | Many, connection: psycopg.Connection[Row]) -> Result:
    each = [asked.parameters] if isinstance(asked, Sql) else asked.parameters
    limit = asked.limit if isinstance(asked, Sql) else None
    rows: list[Row] = []
    changed = 0
    for parameters in each:
        cursor = connection.execute(for_postgres(asked.text).encode(), parameters)
        changed += max(cursor.rowcount, 0)
        if cursor.description is not None:
            rows += cursor.fetchall() if limit is None else cursor.fetchmany(limit)
    return Result(rows, changed)


@pytest.fixture(scope="module")
def opened(smith_postgres: Postgres) -> Generator[psycopg.Connection[Row]]:
    """A connection to our tables, with a clock that is moved by hand."""
    url = url_of_new_schema(smith_postgres)
    trio.run(make_ready, url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in HAND_CLOCK:
            connection.execute(statement.encode())
        yield connection


@pytest.mark.long
def test_memory_and_postgresql_answer_the_same(opened: psycopg.Connection[Row]) -> None:
    """Each example begins with empty tables, and is rolled back."""

    class InPostgres(SameAnswers):
        def __init__(self) -> None:
            super(SameAnswers, self).__init__()
            self.now = 1_000.0
            self.tables = Tables()
            self.stack = ExitStack()
            self.stack.enter_context(opened.transaction(force_rollback=True))
            self.ids = ([], [])
            self.jobs, self.leases = [], []

        @invariant()
        def same_reads(self) -> None:
            opened.execute("UPDATE hand_clock SET now = %s", [self.now])
            for asked in QUERIES:
                left = in_memory.query(self.tables, asked, now=self.now)
                right = run(query(asked), opened)
                assert self.plain(left, 0) == self.plain(right, 1), asked

        def in_sqlite(self, writes: tuple[Write[Any], ...], key: str | None) -> tuple[Any, ...]:
            opened.execute("UPDATE hand_clock SET now = %s", [self.now])
            with opened.transaction():
                return run(commit(writes, key=key), opened)

    run_state_machine_as_test(
        InPostgres,
        settings=settings(max_examples=50, stateful_step_count=20, deadline=None, phases=NO_SHRINKING),
    )
