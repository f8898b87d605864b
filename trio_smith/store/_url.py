"""Which database a text means: pure."""

from __future__ import annotations

import re
from typing import Final, TypeAlias
from urllib.parse import unquote

import attrs

from ..errors import MisuseError
from ..options import Secret

_SUFFIXES: Final = (".db", ".sqlite", ".sqlite3")
_POSTGRES: Final = re.compile(r"(?P<scheme>postgresql|postgres)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_SECRETS: Final = ("password", "sslpassword")
"""What the query of a URL may hold that nobody should see."""

_FORMS: Final = "Write sqlite:PATH, a path that ends in .db or .sqlite, or postgresql://USER@HOST/DATABASE."


class BadStoreUrl(MisuseError, ValueError):
    """A text does not say which database is meant.

    What it holds may be secret, so the error does not show it.
    """

    fix: str = _FORMS

    def __init__(self, *, why: str, fix: str | None = None) -> None:
        super().__init__(what="cannot tell which database is meant", why=why, fix=fix)


@attrs.frozen
class SqliteUrl:
    """A database of SQLite, which is a file."""

    path: str

    def __str__(self) -> str:
        return f"sqlite:{self.path}"


@attrs.frozen
class PostgresUrl:
    """A database of PostgreSQL; prints without its secrets."""

    address: str
    """The URL as libpq reads it, without its secrets."""
    secrets: tuple[tuple[str, Secret], ...] = ()
    """Parameters of libpq that nobody should see, such as ``password``."""

    @property
    def password(self) -> Secret | None:
        """The password, if the URL held one."""
        return dict(self.secrets).get("password")

    def __str__(self) -> str:
        return self.address


StoreUrl: TypeAlias = SqliteUrl | PostgresUrl
"""A database, as `parse_store_url` reads it."""


def parse_store_url(text: str) -> StoreUrl:
    """Return the database that *text* means.

    Known are ``sqlite:PATH``, a plain path that ends in ``.db``, ``.sqlite`` or ``.sqlite3``, and
    ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`` with all that libpq allows there: several
    hosts, or none and a folder of sockets as ``?host=/run/postgresql``.

    Raises:
        BadStoreUrl: It is none of these.
    """
    if not text.isprintable():
        raise BadStoreUrl(why="it is empty or holds a control character" if text else "it is empty")
    if (found := _POSTGRES.fullmatch(text)) is not None:
        return _postgres(found["rest"])
    if text.lower().startswith("sqlite:"):
        return _sqlite(text[len("sqlite:") :])
    if text.endswith(_SUFFIXES):
        return _sqlite(text)
    raise BadStoreUrl(why="it is neither sqlite: nor postgresql://" if text else "it is empty")


def _sqlite(path: str) -> SqliteUrl:
    if not path:
        raise BadStoreUrl(why="it names no file")
    if path.startswith("//"):
        fix = "Write sqlite:census.db, or sqlite:/var/lib/census.db."
        raise BadStoreUrl(why="a path follows sqlite: at once, without //", fix=fix)
    if path == ":memory:":
        raise BadStoreUrl(why="what SQLite keeps in memory is gone with its connection", fix="Name a file.")
    return SqliteUrl(path)


def _postgres(rest: str) -> PostgresUrl:
    # Not urllib: libpq allows several hosts, each with a port, which urllib takes for one wrong port.
    address, _, query = rest.partition("?")
    network, slash, database = address.partition("/")
    user, at, hosts = network.rpartition("@")
    user, colon, password = user.partition(":")
    secrets = [("password", Secret(unquote(password)))] if colon else []
    kept: list[str] = []
    for option in query.split("&") if query else ():
        name, _, value = option.partition("=")
        if name in _SECRETS:
            secrets.append((name, Secret(unquote(value))))
        else:
            kept.append(option)
    if "@" in database or "@" in "".join(kept):  # most likely the end of a password
        raise BadStoreUrl(
            why="there is an @ behind the host", fix="Write / and ? in a password as %2F and %3F."
        )
    options = f"?{'&'.join(kept)}" if kept else ""
    return PostgresUrl(f"postgresql://{user}{at}{hosts}{slash}{database}{options}", tuple(secrets))
