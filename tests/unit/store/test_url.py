"""Which database a text means."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_smith.options import Secret
from trio_smith.store._url import BadStoreUrl, PostgresUrl, SqliteUrl, parse_store_url


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:census.db", "census.db"),
        ("sqlite:/var/lib/census", "/var/lib/census"),
        ("SQLITE:a b?.db", "a b?.db"),
        ("census.db", "census.db"),
        ("here/census.sqlite", "here/census.sqlite"),
        ("./x.sqlite3", "./x.sqlite3"),
    ],
)
def test_a_file_of_sqlite(text: str, path: str) -> None:
    """With its scheme, or by its ending."""
    assert parse_store_url(text) == SqliteUrl(path)
    assert str(parse_store_url(text)) == f"sqlite:{path}"


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
        *("", "census", "mysql://x", "sqlite:", "sqlite:///x.db", "sqlite::memory:", "a\nb.db", "a\0.db"),
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
