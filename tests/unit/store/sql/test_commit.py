"""A whole commit as a program, without a database."""

from __future__ import annotations

import attrs
import pytest

from trio_smith.store import BadRequest
from trio_smith.store.sql import Result, Sql, commit, query
from trio_smith.store.words import Query, Truncate, Write


@attrs.frozen
class _Own(Write[None]):
    """A write that nobody knows."""


@attrs.frozen
class _Mine(Query[None]):
    """A query that nobody knows."""


def test_a_write_or_a_query_that_nobody_knows_is_refused() -> None:
    """In the words of the store, and before any statement."""
    for program in (commit((_Own(),), key=None), commit((Truncate("s", 1), _Own()), key=None)):
        with pytest.raises(BadRequest, match="_Own"):
            _run(program)
    with pytest.raises(BadRequest, match="_Mine"):
        next(query(_Mine()))


def _run(program: object) -> object:
    """Carry *program* out; every statement changes one row and brings none."""
    asked = next(program)  # type: ignore[call-overload]
    try:
        while True:
            asked = program.send(Result([], 1))  # type: ignore[attr-defined]
    except StopIteration as end:
        return asked, end.value


def test_a_key_that_was_forgotten_between_two_statements_is_a_new_one() -> None:
    """Another process tidies up just then."""
    program = commit((Truncate("s", 1),), key="k")
    assert "INSERT INTO smith_commits" in next(program).text
    assert "SELECT fingerprint" in program.send(Result([], 0)).text
    assert "INSERT INTO smith_commits" in program.send(Result([], 0)).text
    assert "DELETE FROM smith_events" in program.send(Result([], 1)).text


def test_one_write_without_a_key_is_its_own_statements_alone() -> None:
    """Most commits are like that, and nothing is added to them."""
    (asked, answers) = _run(commit((Truncate("s", 1),), key=None))  # type: ignore[misc]
    assert isinstance(asked, Sql)
    assert "DELETE FROM smith_events" in asked.text
    assert answers == (1,)
