"""A table of jobs as somebody writes it by hand, with the columns and the indexes of ours."""

import sqlite3
from pathlib import Path

TABLE = """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, name TEXT, data BLOB NOT NULL,
        due_at REAL NOT NULL, claim INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
        max_attempts INTEGER NOT NULL
    );
    CREATE INDEX due ON jobs (queue, due_at, id);
    CREATE UNIQUE INDEX named ON jobs (queue, name) WHERE name IS NOT NULL;
"""
ENQUEUE = "INSERT INTO jobs (queue, data, due_at, max_attempts) VALUES (?, ?, ?, 5)"
CLAIM = """
    UPDATE jobs SET claim = claim + 1, attempts = attempts + 1, due_at = :until
    WHERE id IN (SELECT id FROM jobs WHERE queue = 'q' AND due_at <= :now ORDER BY due_at, id LIMIT 100)
    RETURNING id, data, claim, attempts"""


def open_jobs(folder: str) -> sqlite3.Connection:
    """Open a new file with the table, flushed at each commit."""
    connection = sqlite3.connect(Path(folder) / "a.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLE)
    return connection
