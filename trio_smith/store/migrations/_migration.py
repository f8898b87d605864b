"""What a migration is, and how a folder's files become migrations: pure."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import attrs

from .._errors import shown
from ._errors import BadMigration
from ._script import Database, Statement, statements_of

_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9][a-z0-9_]{0,99})\.(?P<way>up|down)\.sql")
_OWNER: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@attrs.frozen(kw_only=True)
class Migration:
    """One numbered step of a schema."""

    number: int
    name: str
    checksum: str
    """SHA-256 of the up script, whose line ends are taken for ``\\n``. A down script may still be mended."""
    up: tuple[Statement, ...] = attrs.field(repr=False)
    down: tuple[Statement, ...] | None = attrs.field(repr=False)
    """None: it cannot be taken back."""

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


def migrations_of(files: Mapping[str, bytes], *, database: Database) -> tuple[Migration, ...]:
    """Return the migrations that *files* hold, by their names; a file without ``.sql`` is none of them.

    Raises:
        BadMigration: A name or a script is wrong, two have one number, or a number is missing.
    """
    found: defaultdict[tuple[int, str], dict[str, bytes]] = defaultdict(dict)
    for file, content in sorted(files.items()):
        if not file.endswith(".sql"):
            continue
        parts = _NAME.fullmatch(file)
        if parts is None:
            raise BadMigration(what=shown(file), why="its name does not say number, name, and up or down")
        found[int(parts["number"]), parts["name"]][parts["way"]] = content
    named: dict[int, str] = {}
    for number, name in found:
        if number in named:
            why = f"{named[number]} and {name} have the same number"
            raise BadMigration(what=f"migration {number:04}", why=why)
        named[number] = name
    for expected, number in enumerate(sorted(named), 1):
        if number != expected:
            why = "there is none, but a later one" if number > expected else "they begin with 0001"
            raise BadMigration(what=f"migration {min(expected, number):04}", why=why)
    return tuple(
        _migration(number, name, scripts, database) for (number, name), scripts in sorted(found.items())
    )


def checked_owner(owner: str) -> str:
    """Return *owner* if it can name a history.

    Raises:
        BadMigration: It cannot.
    """
    if not _OWNER.fullmatch(owner):
        fix = "Use a lower-case letter, and up to 62 more letters, digits, _ and -."
        raise BadMigration(what=f"{shown(owner)} as an owner", why="it is no short plain name", fix=fix)
    return owner


def _migration(number: int, name: str, scripts: Mapping[str, bytes], database: Database) -> Migration:
    def script(way: str) -> tuple[str, tuple[Statement, ...]]:
        file = f"{number:04}_{name}.{way}.sql"
        try:
            # A checkout may have turned the line ends, or an editor put a mark first; both mean the same.
            text = scripts[way].decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise BadMigration(what=file, why=f"it is no UTF-8: {error}", fix="Save it as UTF-8.") from None
        if "\0" in text:
            raise BadMigration(what=file, why="it holds a NUL", fix="Save it as UTF-8.")
        return text, statements_of(text, database=database, name=file)

    if "up" not in scripts:
        raise BadMigration(what=f"{number:04}_{name}.down.sql", why="it has no up script beside it")
    text, up = script("up")
    return Migration(
        number=number,
        name=name,
        checksum=hashlib.sha256(text.encode()).hexdigest(),
        up=up,
        down=script("down")[1] if "down" in scripts else None,
    )
