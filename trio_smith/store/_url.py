"""Which database a text means: pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeAlias
from urllib.parse import unquote

import attrs

from ..errors import MisuseError
from ..options import Secret

_SUFFIXES: Final = (".db", ".sqlite", ".sqlite3")
_POSTGRES: Final = re.compile(r"(?P<scheme>postgresql|postgres)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_SECRETS: Final = ("password", "sslpassword")
"""What the query of a URL may hold that nobody should see."""

_UNFIT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Kinds of characters that would break a line of a log, or that no encoding knows."""

_NO_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")

_FORMS: Final = "Write sqlite:PATH, a path that ends in .db or .sqlite, or postgresql://USER@HOST/DATABASE."

_NAME_A_FILE: Final = "Name a file, such as census.db."


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

    Known are:

    - a plain path that ends in ``.db``, ``.sqlite`` or ``.sqlite3``, and ``sqlite:PATH``: the path is taken
      as it stands, whatever characters are in it;
    - ``sqlite:///PATH``, a URL as SQLAlchemy reads it: what follows the third slash is the path, so an
      absolute one makes four; ``%20`` and the like are decoded;
    - ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`` with all that libpq allows there: several
      hosts, or none and a folder of sockets as ``?host=/run/postgresql``.

    Raises:
        BadStoreUrl: It is none of these.
    """
    _check(text)
    scheme, _, rest = text.partition(":")
    if (found := _POSTGRES.fullmatch(text)) is not None:
        return _postgres(found["rest"])
    if scheme.lower() == "sqlite":
        return _sqlite_url(rest) if rest.startswith("//") else sqlite_file(rest)
    if scheme.lower() == "file":
        raise BadStoreUrl(why="file: URLs are not read", fix="Write sqlite: and the path behind it.")
    if text.lower() in ("memory:", ":memory:"):
        raise BadStoreUrl(why="what is kept in memory is gone when it is closed", fix=_NAME_A_FILE)
    if text.lower().endswith(_SUFFIXES):
        return sqlite_file(text)
    raise BadStoreUrl(why="it is neither sqlite: nor postgresql://")


def sqlite_file(path: str) -> SqliteUrl:
    """Return the file at *path*, which is taken as it stands.

    Raises:
        BadStoreUrl: It cannot be the path of a database.
    """
    if not path:
        raise BadStoreUrl(why="it names no file")
    _check(path)
    if path.lower() == ":memory:":
        raise BadStoreUrl(why="what SQLite keeps in memory is gone with its connection", fix=_NAME_A_FILE)
    # Several slashes at the beginning are one; behind sqlite: two would be the beginning of a URL.
    return SqliteUrl(f"/{path.lstrip('/')}" if path.startswith("//") else path)


def _check(text: str) -> None:
    if not text:
        raise BadStoreUrl(why="it is empty")
    unfit = [one for one in text if unicodedata.category(one) in _UNFIT]
    if unfit:
        raise BadStoreUrl(
            why=f"it holds the character U+{ord(unfit[0]):04X}, which breaks a line or is none",
            fix="Use a name without such characters.",
        )


def _sqlite_url(rest: str) -> SqliteUrl:
    if not rest.startswith("///"):
        fix = "Write sqlite:census.db or sqlite:/var/lib/census.db; a URL has three slashes before its path."
        raise BadStoreUrl(why="what follows sqlite:// is a host, and a file has none", fix=fix)
    path = rest.removeprefix("///")
    if "?" in path or "#" in path:
        raise BadStoreUrl(
            why="there is a ? or a # in it, and a file has no options",
            fix="Write them as %3F and %23, or write sqlite:PATH, where the path is taken as it stands.",
        )
    if _NO_ESCAPE.search(path):
        raise BadStoreUrl(
            why="there is a % in it without two hexadecimal digits",
            fix="Write it as %25, or write sqlite:PATH, where the path is taken as it stands.",
        )
    return sqlite_file(unquote(path, errors="surrogateescape"))


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
