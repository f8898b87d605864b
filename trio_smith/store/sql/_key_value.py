"""The statements of keys and values.

A key that goes leaves a mark without data, so that watchers hear of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._errors import RevisionConflict
from ..words import Change, Entry, after_prefix
from ._statement import Many, Sql

if TYPE_CHECKING:
    from ..words import Changes, Delete, Expire, Expired, ForgetMarks, Get, Put, Revision, Scan
    from ._statement import Parameters, Program

# It also locks the one row, so that revisions become visible in their order: a watcher that has seen
# number 7 has seen all before it.
NEXT_REVISION: Final = "UPDATE smith_revision SET revision = revision + :count RETURNING revision"
REVISION: Final = "SELECT revision FROM smith_revision"
GET: Final = """
    SELECT data, revision, expires_at FROM smith_keys_values
    WHERE key = :key AND data IS NOT NULL AND (expires_at IS NULL OR expires_at > :now)"""
PUT: Final = """
    INSERT INTO smith_keys_values (key, data, revision, expires_at)
    VALUES (:key, :data, :revision, :now + :ttl)
    ON CONFLICT (key) DO UPDATE
    SET data = excluded.data, revision = excluded.revision, expires_at = excluded.expires_at"""
PUT_FOR_GOOD: Final = """
    INSERT INTO smith_keys_values (key, data, revision, expires_at)
    VALUES (:key, :data, :revision, NULL)
    ON CONFLICT (key) DO UPDATE
    SET data = excluded.data, revision = excluded.revision, expires_at = NULL"""
DELETE: Final = """
    UPDATE smith_keys_values SET data = NULL, revision = :revision, expires_at = :now WHERE key = :key"""
EXPIRED: Final = """
    SELECT key FROM smith_keys_values
    WHERE data IS NOT NULL AND expires_at <= :now ORDER BY expires_at, key LIMIT :limit"""
MARKS: Final = """
    SELECT key FROM smith_keys_values
    WHERE data IS NULL AND expires_at <= :now - :keep ORDER BY expires_at, key LIMIT :limit"""
FORGET_MARKS: Final = """
    WITH old AS MATERIALIZED (
        SELECT key FROM smith_keys_values
        WHERE data IS NULL AND expires_at <= :now - :keep ORDER BY expires_at, key LIMIT :limit
    )
    DELETE FROM smith_keys_values
    WHERE key /*postgres = ANY (ARRAY(SELECT key FROM old)) -- */ IN (SELECT key FROM old)"""

SCAN: Final = """
    SELECT key, data, revision, expires_at FROM smith_keys_values
    WHERE key >= :prefix AND key > :after AND key < :end
      AND data IS NOT NULL AND (expires_at IS NULL OR expires_at > :now)
    ORDER BY key LIMIT :limit"""
SCAN_TO_THE_LAST: Final = SCAN.replace("AND key < :end", "")
CHANGES: Final = """
    SELECT key, CASE WHEN expires_at IS NULL OR expires_at > :now THEN data END, revision
    FROM smith_keys_values
    WHERE revision > :after AND key >= :prefix AND key < :end ORDER BY revision LIMIT :limit"""
CHANGES_TO_THE_LAST: Final = CHANGES.replace("AND key < :end", "")


def put(write: Put) -> Program[int]:
    """Give the key its data and the next revision."""
    revision = yield from _next_revision()
    if write.expected is not None:
        yield from _check_expected(write)
    parameters: Parameters = {"key": write.key, "data": write.data, "revision": revision}
    if write.ttl is None:
        yield Sql(PUT_FOR_GOOD, parameters)
    else:
        yield Sql(PUT, {**parameters, "ttl": write.ttl})
    return revision


def delete(write: Delete) -> Program[bool]:
    """Leave a mark in the key's place, if it is there."""
    yield from _next_revision(0)  # the lock alone: what is found is then changed by nobody else
    if not (yield from _check_expected(write)):
        return False
    yield Sql(DELETE, {"key": write.key, "revision": (yield from _next_revision())})
    return True


def expire(write: Expire) -> Program[int]:
    """Leave marks in the place of what has expired."""
    if not (yield Sql(EXPIRED, {"limit": 1})).rows:
        return 0  # which is most often so, and then nothing needs to be written
    yield from _next_revision(0)  # the lock, as above
    keys = [row[0] for row in (yield Sql(EXPIRED, {"limit": write.limit})).rows]
    last = yield from _next_revision(len(keys))
    first = last - len(keys) + 1
    yield Many(DELETE, [{"key": key, "revision": first + place} for place, key in enumerate(keys)])
    return len(keys)


def forget_marks(write: ForgetMarks) -> Program[int]:
    """Delete marks that are old."""
    parameters: Parameters = {"keep": write.keep, "limit": write.limit}
    if not (yield Sql(MARKS, {**parameters, "limit": 1})).rows:
        return 0
    yield from _next_revision(0)  # before the marks: who puts a key has the lock and waits for its mark
    return (yield Sql(FORGET_MARKS, parameters)).changed


def get(query: Get) -> Program[Entry | None]:
    """Read a key."""
    rows = (yield Sql(GET, {"key": query.key})).rows
    if not rows:
        return None
    ((data, revision, expires_at),) = rows
    return Entry(key=query.key, data=data, revision=revision, expires_at=expires_at)


def scan(query: Scan) -> Program[tuple[Entry, ...]]:
    """Read the keys with a prefix, in order."""
    end = after_prefix(query.prefix)
    parameters = {"prefix": query.prefix, "after": query.after, "limit": query.limit}
    rows = (
        yield (Sql(SCAN_TO_THE_LAST, parameters) if end is None else Sql(SCAN, {**parameters, "end": end}))
    ).rows
    return tuple(
        Entry(key=key, data=data, revision=revision, expires_at=expires_at)
        for key, data, revision, expires_at in rows
    )


def changes(query: Changes) -> Program[tuple[Change, ...]]:
    """Read the last changes of keys with a prefix, by revision."""
    end = after_prefix(query.prefix)
    parameters = {"prefix": query.prefix, "after": query.after, "limit": query.limit}
    rows = (
        yield (
            Sql(CHANGES_TO_THE_LAST, parameters) if end is None else Sql(CHANGES, {**parameters, "end": end})
        )
    ).rows
    return tuple(Change(key=key, data=data, revision=revision) for key, data, revision in rows)


def revision_now(_query: Revision) -> Program[int]:
    """Read the revision of the last change."""
    return int((yield Sql(REVISION)).rows[0][0])


def expired(_query: Expired) -> Program[bool]:
    """Look whether there is anything to expire."""
    return bool((yield Sql(EXPIRED, {"limit": 1})).rows)


def _next_revision(count: int = 1) -> Program[int]:
    return int((yield Sql(NEXT_REVISION, {"count": count})).rows[0][0])


def _check_expected(write: Put | Delete) -> Program[int]:
    """Return the revision of the key, 0 if it is not there; raise unless it is as expected."""
    rows = (yield Sql(GET, {"key": write.key})).rows
    actual = int(rows[0][1]) if rows else 0
    if write.expected is not None and write.expected != actual:
        raise RevisionConflict(key=write.key, expected=write.expected, actual=actual)
    return actual
