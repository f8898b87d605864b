"""Read the files of migrations: those of a folder, and those that the package carries."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Final, Protocol

from .._errors import shown
from ._errors import BadMigration
from ._migration import Migration, migrations_of
from ._script import Database

LARGEST_SCRIPT: Final = 16 * 1024 * 1024
"""Bytes that a script may have."""

_STORE: Final = "trio_smith.store"


class _File(Protocol):
    @property
    def name(self) -> str: ...
    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


def read_folder(folder: str | os.PathLike[str], *, database: Database) -> tuple[Migration, ...]:
    """Return the migrations in *folder*, in order. It blocks, as reading files does.

    Raises:
        BadMigration: It cannot be read, or something in it is wrong.
    """
    try:
        files = {one.name: _content(one) for one in Path(folder).iterdir() if _is_script(one)}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadMigration(
            what=f"the folder {shown(str(folder))}", why=why, fix="Name another one."
        ) from None
    return migrations_of(files, database=database)


def own_migrations(database: Database) -> tuple[Migration, ...]:
    """Return the migrations of the store itself, which the package carries."""
    folder = resources.files(_STORE) / "schema" / database.value
    return migrations_of(
        {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}, database=database
    )


def _is_script(file: _File) -> bool:
    return file.name.endswith(".sql") and file.is_file()


def _content(file: Path) -> bytes:
    if (size := file.stat().st_size) > LARGEST_SCRIPT:
        why = f"{size} bytes are more than {LARGEST_SCRIPT}"
        raise BadMigration(what=file.name, why=why, fix="Load data by other means.")
    return file.read_bytes()
