"""Make the tables of a new file."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def prepare(connection: sqlite3.Connection) -> None:
    """Make our tables if there are none."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'smith_streams'").fetchall()
    if not found:
        script = resources.files("trio_smith.store") / "schema/sqlite/0001_store.up.sql"
        connection.executescript(f"BEGIN IMMEDIATE;{script.read_text('utf-8')};COMMIT;")
