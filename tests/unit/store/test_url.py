"""Which database a text means."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.options import Secret
from trio_smith.store._url import BadStoreUrl, PostgresUrl, SqliteUrl, parse_store_url, sqlite_file


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:census.db", "census.db"),
        ("sqlite:/var/lib/census", "/var/lib/census"),
        ("SQLITE:a b?.db", "a b?.db"),
        ("census.db", "census.db"),
        ("here/census.sqlite", "here/census.sqlite"),
        ("./x.sqlite3", "./x.sqlite3"),
        ("CENSUS.DB", "CENSUS.DB"),
        ("a%20b #1?.db", "a%20b #1?.db"),
        ("sqlite:a%20b", "a%20b"),
        ("größe ☃.db", "größe ☃.db"),
        ("a\u00a0b.db", "a\u00a0b.db"),
        (r"C:\data\x.db", r"C:\data\x.db"),
        (r"sqlite:C:\data\x", r"C:\data\x"),
        ("sqlite:~/x", "~/x"),
        ("//srv/x.db", "/srv/x.db"),
    ],
)
def test_a_file_of_sqlite(text: str, path: str) -> None:
    """With its scheme, or by its ending; every character stands for itself."""
    assert parse_store_url(text) == SqliteUrl(path)
    assert str(parse_store_url(text)) == f"sqlite:{path}"
    assert parse_store_url(f"sqlite:{path}") == SqliteUrl(path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:///census.db", "census.db"),
        ("sqlite:///here/census", "here/census"),
        ("sqlite:////var/lib/census.db", "/var/lib/census.db"),
        ("SQLite://///var/lib/census.db", "/var/lib/census.db"),
        ("sqlite:///a%20b%3F%23%25.db", "a b?#%.db"),
        ("sqlite:///gr%C3%B6%C3%9Fe+1.db", "größe+1.db"),
        ("sqlite:///C:/data/x.db", "C:/data/x.db"),
    ],
)
def test_a_url_of_sqlite_is_decoded(text: str, path: str) -> None:
    """Three slashes before a relative path and four before an absolute one, as SQLAlchemy has it."""
    assert parse_store_url(text) == SqliteUrl(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sqlite://x.db", "is a host"),
        ("sqlite:///", "names no file"),
        ("sqlite:///x.db?mode=ro", r"a \? or a #"),
        ("sqlite:///x#1.db", r"a \? or a #"),
        ("sqlite:///100%.db", "without two hexadecimal digits"),
        ("sqlite:///a%00b.db", r"U\+0000"),
        ("sqlite:///a%0Ab.db", r"U\+000A"),
        ("sqlite:///a%FFb.db", r"U\+DCFF"),
        ("sqlite:///:memory:", "gone with its connection"),
        ("a\u2028b.db", r"U\+2028"),
        ("file:x.db", "file: URLs are not read"),
        ("memory:", "gone when it is closed"),
        (":memory:", "gone when it is closed"),
        ("x.db?mode=ro", "neither sqlite: nor"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_the_reason(text: str, why: str) -> None:
    """Rather than that a file of a strange name is made, beside the one that has the data."""
    with pytest.raises(BadStoreUrl, match=why):
        parse_store_url(text)


@given(st.text().filter(lambda text: text.strip("/") != "" and text.lower() != ":memory:"))
def test_any_path_that_is_taken_can_be_said_as_a_url(path: str) -> None:
    """Escaped, it is the same file as without."""
    try:
        found = sqlite_file(path)
    except BadStoreUrl:
        return
    assert parse_store_url(str(found)) == found
    assert parse_store_url(f"sqlite:///{quote(path)}") == found


@pytest.mark.parametrize(
    ("text", "address", "secrets"),
    [
        ("postgres://u:p@q@h/c", "postgresql://u@h/c", {"password": "p@q"}),
        ("postgresql://localhost/census", "postgresql://localhost/census", {}),
        ("postgres://ada:x%40y@db:5433/c", "postgresql://ada@db:5433/c", {"password": "x@y"}),
        ("postgresql://ada:a:b@h1:1,h2:2/c", "postgresql://ada@h1:1,h2:2/c", {"password": "a:b"}),
        ("postgresql:///c?host=/run/pg", "postgresql:///c?host=/run/pg", {}),
        (
            "postgresql://h/c?password=p%26q&sslmode=require",
            "postgresql://h/c?sslmode=require",
            {"password": "p&q"},
        ),
        ("postgresql://u@[::1]:5432/c?sslpassword=k", "postgresql://u@[::1]:5432/c", {"sslpassword": "k"}),
        ("postgresql://", "postgresql://", {}),
    ],
)
def test_a_database_of_postgresql(text: str, address: str, secrets: dict[str, str]) -> None:
    """Its secrets are taken out, and what libpq reads is left."""
    found = parse_store_url(text)
    assert found == PostgresUrl(address, tuple((name, Secret(value)) for name, value in secrets.items()))
    assert isinstance(found, PostgresUrl)
    assert found.password == (Secret(secrets["password"]) if "password" in secrets else None)
    assert str(found) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "census", "mysql://x", "sqlite:", "sqlite::memory:", "a\nb.db", "a\0.db"),
        *("postgresql://u:p/q@h/c", "postgresql://u:p?q@h/c", "postgresql:/h/c"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """With the forms that there are, or with the one that was meant; and without what it holds."""
    with pytest.raises(BadStoreUrl) as caught:
        parse_store_url(text)
    assert "p?q" not in str(caught.value)
    assert "p/q" not in str(caught.value)


@example("/", "?")
@given(*[st.text().filter(lambda text: text == "" or text.isprintable())] * 2)
def test_a_password_is_never_shown(before: str, behind: str) -> None:
    """Neither by the value nor by an error."""
    text = f"postgresql://ada:{before}hunter2{behind}@db/census"
    try:
        shown = repr(parse_store_url(text))
    except BadStoreUrl as error:
        shown = str(error)
    assert "hunter2" not in shown
