"""A store in SQLite: one file, no set-up, and as fast as one flush for many commits allows."""

from ._adapter import SqliteAdapter as SqliteAdapter
from ._adapter import SqliteOptions as SqliteOptions
from ._adapter import open_sqlite as open_sqlite
