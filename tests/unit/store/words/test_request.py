"""Equal writes have equal fingerprints, and others have others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store._errors import BadRequest
from trio_smith.store.words import Append, Enqueue, Execute, Put, SetTimer, Write, fingerprint

SECONDS = st.integers(0, 3) | st.sampled_from([0.0, 1.0, 2.5])
WRITES = st.one_of(
    st.builds(Append, st.sampled_from("ab"), st.lists(st.integers(0, 2), min_size=1, max_size=2)),
    st.builds(Enqueue, st.sampled_from("ab"), st.just([1]), delay=SECONDS),
    st.builds(Put, st.sampled_from("ab"), st.booleans(), ttl=st.none() | st.integers(1, 2)),
    st.builds(SetTimer, st.sampled_from("ab"), st.sampled_from("ab"), delay=SECONDS),
    st.builds(Execute, st.just("DELETE FROM a"), st.dictionaries(st.sampled_from("ab"), st.integers(0, 1))),
)


@given(st.lists(WRITES, max_size=3), st.lists(WRITES, max_size=3))
def test_fingerprints_are_equal_exactly_if_the_writes_are(
    left: list[Write[object]], right: list[Write[object]]
) -> None:
    """With equal ones a retry gets the first answers; with others it is told of its mistake."""
    assert (fingerprint(left) == fingerprint(right)) == (left == right)


def test_seconds_are_seconds_whether_whole_or_not() -> None:
    """A retry that says 5 where the first call said 5.0 means the same."""
    assert fingerprint([Enqueue("q", [1], delay=5)]) == fingerprint([Enqueue("q", [1], delay=5.0)])


def test_parameters_have_no_order() -> None:
    """They have names."""
    assert Execute("x :a :b", {"a": 1, "b": 2}) == Execute("x :a :b", {"b": 2, "a": 1})


@pytest.mark.parametrize("name", ["now", "", "a b", "1a", 7])
def test_parameters_have_names_that_a_statement_can_say(name: object) -> None:
    """:now is the time of the database, in every statement."""
    with pytest.raises(BadRequest, match="parameter"):
        Execute("DELETE FROM a", {name: 1})  # type: ignore[dict-item]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800", "a\0", object(), [1], float("nan")])
def test_parameters_are_what_a_column_holds_in_every_database(value: object) -> None:
    """Each database has limits and words of its own for it; ours are the same for all."""
    with pytest.raises(BadRequest, match="parameter"):
        Execute("DELETE FROM a WHERE b = :a", {"a": value})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT",
        "  rollback",
        "-- a\n/* b */ Begin",
        ";COMMIT",
        " ; ;\n/* */;COMMIT",
        "\ufeffCOMMIT",
        "savepoint a",
        "RELEASE one",
        "PRAGMA query_only = OFF",
        "ATTACH 'x' AS y",
        "VACUUM",
        "END",
        "\ud800",
        "SELECT '\0'",
        "",
        7,
    ],
)
def test_a_statement_stays_inside_of_its_transaction(statement: object) -> None:
    """Whoever could end it would commit the half of somebody else's work."""
    with pytest.raises(BadRequest, match="statement"):
        Execute(statement)  # type: ignore[arg-type]


def test_other_statements_may_begin_as_they_like() -> None:
    """A word that begins as a forbidden one does is another."""
    for statement in (
        "ENDURE",
        "-- COMMIT\nDELETE FROM a",
        "/* ; */ SELECT 1",
        "WITH a AS (SELECT 1) SELECT 1",
    ):
        assert Execute(statement).statement == statement
