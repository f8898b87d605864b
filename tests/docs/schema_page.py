"""Write the reference of the store's tables from the scripts that make them.

``python -m tests.docs.schema_page`` writes the page anew; a test holds that it is up to date, and that every
column has its meaning here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import attrs

from trio_smith.store.migrations._folder import own_migrations
from trio_smith.store.migrations._program import CREATE_HISTORY
from trio_smith.store.migrations._script import Database

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "schema.md"
SCRIPTS: Final = ROOT / "trio_smith" / "store" / "schema"
HISTORY: Final = "smith_migrations"

HEAD: Final = """\
# Tables of the store

What a [store](store.md) keeps lies in these tables, in SQLite and PostgreSQL alike. This page is generated
from the scripts that make them, `trio_smith/store/schema`; `trio-smith migrate verify` tells whether a
database still has them as they are here.

An application **may read** all of it, with any tool, and put tables of its own beside it, which it writes in
the same transaction by `Execute`; their names do not begin with `smith_`. It **must not write** here, nor add
triggers, columns or constraints: what is written belongs together over several tables, whoever waits for it
has to be woken, and hashes and counters are checked. A new version may change the tables by a migration, and
says so in the [changes](../changelog.md); a view of your own keeps your queries apart from that.

- Columns called `data` hold the bytes that were kept: the UTF-8 text of JSON, unless the program kept bytes.
  Read them as `json(data)` in SQLite and as `convert_from(data, 'UTF8')::jsonb` in PostgreSQL.
- Times are epoch seconds: of the server's clock in PostgreSQL (read `to_timestamp(at)`), of the program's in
  SQLite (read `datetime(at, 'unixepoch')`).
- In PostgreSQL, keys and names are compared byte by byte (`COLLATE "C"`), as SQLite does it.
- A column that may be NULL says so; all others may not.
"""

SHARED: Final = {
    "smith_events": "The events of the streams, and the messages of outboxes, which are streams too.",
    "smith_audit": "The records of the chains; triggers refuse every change.",
    HISTORY: "Which migrations were applied, of the store and of applications. It stays when all are gone.",
}
"""Of tables that share the comment of the one above them."""

MEANINGS: Final = {
    "smith_streams.stream": "name of the stream; `smith:outbox:` and a destination is an outbox",
    "smith_streams.version": "version of its last event; it stays when events are truncated",
    "smith_events.stream": "which stream",
    "smith_events.version": "place in the stream, from 1, without gaps",
    "smith_events.at": "when it was appended",
    "smith_events.data": "the event",
    "smith_snapshots.stream": "of which stream",
    "smith_snapshots.version": "up to which event it holds",
    "smith_snapshots.at": "when it was saved",
    "smith_snapshots.data": "the state",
    "smith_jobs.id": "number of the job; none is used twice",
    "smith_jobs.queue": "name of the queue; `smith:timers:` and a group holds timers",
    "smith_jobs.name": "name of a timer; NULL for a job",
    "smith_jobs.data": "the job",
    "smith_jobs.due_at": "when it can be claimed; while it is claimed, when the claim ends",
    "smith_jobs.claim": "number of its claim, which grows with each; an older one is refused",
    "smith_jobs.attempts": "how often it was claimed",
    "smith_jobs.max_attempts": "after how many it is given up",
    "smith_dead_letters.id": "number that the job had",
    "smith_dead_letters.queue": "its queue",
    "smith_dead_letters.data": "the job",
    "smith_dead_letters.attempts": "how often it was claimed",
    "smith_dead_letters.max_attempts": "how many it had; a replay gives as many again",
    "smith_dead_letters.reason": "why it was given up, as told with the last failure",
    "smith_dead_letters.at": "when it was given up",
    "smith_dead_letters.name": "name of the durable timer that it was",
    "smith_leases.name": "name of the lease",
    "smith_leases.holder": "who holds it, or held it last",
    "smith_leases.token": "fencing token; grows with each new holder",
    "smith_leases.until_at": "when it ends, or ended; 0 if it was released",
    "smith_keys_values.key": "the key",
    "smith_keys_values.data": "its value; NULL when it is gone",
    "smith_keys_values.revision": "number of its last change, counted over all keys",
    "smith_keys_values.expires_at": "when it runs out, or since when it is gone; NULL: never. What has"
    " run out may still be here, so ask for `expires_at IS NULL OR expires_at > now`",
    "smith_revision.revision": "revision of the last change",
    "smith_audit_ends.chain": "name of the chain",
    "smith_audit_ends.position": "position of its last record",
    "smith_audit_ends.hash": "hash of its last record",
    "smith_audit.chain": "which chain",
    "smith_audit.position": "place in the chain, from 1, without gaps",
    "smith_audit.at": "when it was written",
    "smith_audit.data": "the record",
    "smith_audit.hash": "SHA-256 over the hash before it and all that is in the record",
    "smith_inbox.receiver": "who accepts",
    "smith_inbox.sender": "from whom",
    "smith_inbox.sequence": "last message that was accepted; all before it were",
    "smith_commits.key": "idempotency key",
    "smith_commits.fingerprint": "hash of the writes that it came with",
    "smith_commits.answers": "what was answered, as JSON",
    "smith_commits.at": "when; forgotten after seven days",
    "smith_migrations.owner": "whose schema: `smith` for the store's, for others what they say",
    "smith_migrations.number": "number of the migration",
    "smith_migrations.name": "its name",
    "smith_migrations.checksum": "SHA-256 of its up script, with `\\n` for line ends",
    "smith_migrations.applied_at": "when, by the database's clock",
    "smith_migrations.took_seconds": "how long its statements took",
}

_TABLE: Final = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(\n(.*?)\n\s*\)", re.DOTALL)
_INDEX: Final = re.compile(r"CREATE (UNIQUE )?INDEX (\w+) ON (\w+) \(([^)]*)\)(?:\s+WHERE ([^;]*))?;")
_DROPPED: Final = re.compile(r"DROP INDEX (\w+);")
_ADDED: Final = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) ([^;]*);")
_OTHER: Final = re.compile(r"CREATE (TRIGGER|FUNCTION) (\w+).*?(?=\n\n|\Z)", re.DOTALL)
_NOISE: Final = re.compile(r' COLLATE "C"| NOT NULL| PRIMARY KEY| GENERATED BY DEFAULT AS| AUTOINCREMENT')


@attrs.frozen
class Table:
    """A table of one database; ``columns`` are their types by their names."""

    name: str
    comment: str | None
    key: tuple[str, ...]
    columns: dict[str, str]


def page() -> str:
    """Return the whole page."""
    sqlite, postgres = (tables(database) for database in (Database.SQLITE, Database.POSTGRES))
    assert [one.name for one in sqlite] == [one.name for one in postgres]
    parts = [HEAD]
    for ours, theirs in zip(sqlite, postgres, strict=True):
        assert (ours.key, list(ours.columns)) == (theirs.key, list(theirs.columns))
        parts += [f"\n## {ours.name}\n\n{SHARED.get(ours.name) or ours.comment}\n\n", *_columns(ours, theirs)]
        parts += [_key(ours), *_indexes(ours.name)]
    return "".join([*parts, "\n## Functions and triggers\n\n", *_others()])


def tables(database: Database) -> list[Table]:
    """Return what the scripts for *database* make, in order, and the table of the history."""
    script = _script(database)
    found = [_table(match, script[: match.start()]) for match in _TABLE.finditer(script)]
    for table, column, kind in _ADDED.findall(script):
        (altered,) = (one for one in found if one.name == table)
        altered.columns[column] = _kind(kind, nullable=True)
    history = _TABLE.search(CREATE_HISTORY)
    assert history is not None, "the history is a table"
    return [*found, _table(history, "")]


def _script(database: Database) -> str:
    paths = (SCRIPTS / database.value / f"{one}.up.sql" for one in own_migrations(database))
    return "\n".join(path.read_text("utf-8") for path in paths)


def _table(match: re.Match[str], before: str) -> Table:
    name, body = match.groups()
    lines = [line.strip().rstrip(",") for line in body.splitlines()]
    whole = next((line for line in lines if line.startswith("PRIMARY KEY")), None)
    columns = dict(line.split(" ", 1) for line in lines if line != whole)
    key = re.findall(r"\w+", whole.removeprefix("PRIMARY KEY")) if whole else []
    key += [column for column, kind in columns.items() if "PRIMARY KEY" in kind]
    kinds = {column: _kind(kind, nullable=column not in key) for column, kind in columns.items()}
    return Table(name, _comment(before), tuple(key), kinds)


def _kind(text: str, *, nullable: bool) -> str:
    kind = _NOISE.sub("", text).lower()
    return f"{kind} or NULL" if nullable and "NOT NULL" not in text else kind


def _comment(before: str) -> str | None:
    """Return the comment that *before* ends with, as one line; None if something is between."""
    found = re.search(r"((?:^-- .*\n)+)\Z", before, re.MULTILINE)
    return found and " ".join(line.removeprefix("-- ") for line in found[1].splitlines())


def _columns(ours: Table, theirs: Table) -> list[str]:
    lines = ["| column | SQLite | PostgreSQL | |\n|---|---|---|---|\n"]
    for column, kind in ours.columns.items():
        meaning = MEANINGS[f"{ours.name}.{column}"]
        lines.append(f"| `{column}` | {kind} | {theirs.columns[column]} | {meaning} |\n")
    return lines


def _key(table: Table) -> str:
    return f"\nPrimary key: {_names(table.key)}.\n" if table.key else ""


def _indexes(table: str) -> list[str]:
    ours, theirs = (_all_indexes(_script(database)) for database in Database)
    assert ours == theirs, "both databases have the same indexes"
    return [
        f"\n{'Unique index' if unique else 'Index'} `{name}`: {_names(columns.split(', '))}"
        f"{f', where `{where}`' if where else ''}.\n"
        for name, (unique, of, columns, where) in ours.items()
        if of == table
    ]


def _all_indexes(script: str) -> dict[str, tuple[str, str, str, str]]:
    """Return whether each is unique, its table, columns and condition; one that is dropped may come again."""
    found: dict[str, tuple[int, tuple[str, str, str, str]]] = {}
    for match in _INDEX.finditer(script):
        unique, name, table, columns, where = match.groups(default="")
        found[name] = match.start(), (unique, table, columns, where)
    for match in _DROPPED.finditer(script):
        if found[match[1]][0] < match.start():
            del found[match[1]]
    return {name: index for name, (_, index) in found.items()}


def _others() -> list[str]:
    lines = ["| database | | |\n|---|---|---|\n"]
    for database, name in ((Database.SQLITE, "SQLite"), (Database.POSTGRES, "PostgreSQL")):
        script = _script(database)
        for match in _OTHER.finditer(script):
            purpose = _comment(script[: match.start()]) or _purpose(match[0])
            lines.append(f"| {name} | {match[1].lower()} `{match[2]}` | {purpose} |\n")
    return lines


def _purpose(text: str) -> str:
    says = re.search(r"'(audit [^']*)'", text)
    return f"refuses: “{says[1]}”" if says else "calls `smith_audit_refuse` before a change of `smith_audit`"


def _names(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
