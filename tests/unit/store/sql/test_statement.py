"""One statement, in the dialects of both databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_smith.store.sql import for_postgres


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a = :a AND b = :b_2", "a = %(a)s AND b = %(b_2)s"),
        ("at <= :now", "at <= smith_now()"),
        ("at <= :nowhere", "at <= %(nowhere)s"),
        ("'it''s :a'", "'it''s :a'"),
        ('"a :b ""c" = :d', '"a :b ""c" = %(d)s'),
        ("-- :a 50 %\n:b", "-- :a 50 %%\n%(b)s"),
        ("/* :a 50 % */ :b", "/* :a 50 %% */ %(b)s"),
        ("SELECT 1 /*postgres FOR UPDATE */", "SELECT 1 FOR UPDATE "),
        ("x /*postgres LIMIT :n % 2 */", "x LIMIT %(n)s %% 2 "),
        (":a::int", "%(a)s::int"),
        ("a[1:2]", "a[1:2]"),
        ("$$ :a % $$ :b", "$$ :a %% $$ %(b)s"),
        ("$x$ :a $$ $x$ :b", "$x$ :a $$ $x$ %(b)s"),
        ("a LIKE '%b' AND c % 2 = :d", "a LIKE '%%b' AND c %% 2 = %(d)s"),
        ("", ""),
    ],
)
def test_a_statement_is_said_as_psycopg_wants_it(ours: str, theirs: str) -> None:
    """Parameters are changed; texts, quoted names, comments and casts are not."""
    assert for_postgres(ours) == theirs


@given(st.text("ab% ';-\n", max_size=12))
def test_a_text_between_quotes_says_the_same(text: str) -> None:
    """Psycopg halves the percent signs again, and reads nothing else in it."""
    quoted = "'" + text.replace("'", "''") + "'"
    assert for_postgres(f"SELECT {quoted}, :a") % {"a": "1"} == f"SELECT {quoted}, 1"
