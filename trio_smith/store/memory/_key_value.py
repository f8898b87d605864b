"""Keys, values and leases in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .._errors import LeaseLost, RevisionConflict
from ..words import Change, Entry, Lease
from ._tables import Held

if TYPE_CHECKING:
    from .. import words
    from ._tables import Tables


def put(tables: Tables, write: words.Put, now: float) -> int:
    """Give the key its data and the next revision."""
    _check_expected(tables, write, now)
    revision = tables.next("revision")
    ends = None if write.ttl is None else now + write.ttl
    tables.held[write.key] = Held(data=write.data, revision=revision, expires_at=ends)
    return revision


def delete(tables: Tables, write: words.Delete, now: float) -> bool:
    """Leave a mark in the key's place, if it is there."""
    if not _check_expected(tables, write, now):
        return False
    tables.held[write.key] = Held(data=None, revision=tables.next("revision"), expires_at=now)
    return True


def expire(tables: Tables, write: words.Expire, now: float) -> int:
    """Leave marks in the place of what has expired."""
    over = _ended(tables, at=now, marks=False)[: write.limit]
    for key in over:
        tables.held[key] = Held(data=None, revision=tables.next("revision"), expires_at=now)
    return len(over)


def forget_marks(tables: Tables, write: words.ForgetMarks, now: float) -> int:
    """Forget marks that are old."""
    old = _ended(tables, at=now - write.keep, marks=True)[: write.limit]
    for key in old:
        del tables.held[key]
    return len(old)


def expired(tables: Tables, _query: words.Expired, now: float) -> bool:
    """Look whether there is anything to expire."""
    return bool(_ended(tables, at=now, marks=False))


def get(tables: Tables, query: words.Get, now: float) -> Entry | None:
    """Read a key."""
    held = tables.held.get(query.key)
    return _entry(query.key, held) if held is not None and held.live(now) else None


def scan(tables: Tables, query: words.Scan, now: float) -> tuple[Entry, ...]:
    """Read the keys with a prefix, in order."""
    there = sorted(
        key
        for key, held in tables.held.items()
        if key.startswith(query.prefix) and key > query.after and held.live(now)
    )
    return tuple(_entry(key, tables.held[key]) for key in there[: query.limit])


def changes(tables: Tables, query: words.Changes, now: float) -> tuple[Change, ...]:
    """Read the last changes of keys with a prefix, by revision."""
    found = sorted(
        (held.revision, key)
        for key, held in tables.held.items()
        if key.startswith(query.prefix) and held.revision > query.after
    )
    return tuple(
        Change(
            key=key,
            data=tables.held[key].data if tables.held[key].live(now) else None,
            revision=revision,
        )
        for revision, key in found[: query.limit]
    )


def revision_now(tables: Tables, _query: words.Revision, _now: float) -> int:
    """Read the revision of the last change."""
    return tables.counters.get("revision", 0)


def take(tables: Tables, write: words.TakeLease, now: float) -> Lease | None:
    """Take the lease if nobody else holds it."""
    known = tables.leases.get(write.name)
    held = known is not None and known.until > now
    if known is not None and held and known.holder != write.holder:
        return None
    token = 1 if known is None else known.token + (not held)
    lease = Lease(name=write.name, holder=write.holder, token=token, until=now + write.ttl)
    tables.leases[write.name] = lease
    return lease


def renew(tables: Tables, write: words.RenewLease, now: float) -> Lease:
    """Move the end of a lease that is held."""
    tables.leases[write.lease.name] = lease = attrs.evolve(
        _held(tables, write.lease, now), until=now + write.ttl
    )
    return lease


def release(tables: Tables, write: words.ReleaseLease, _now: float) -> None:
    """End the lease, if it is ours."""
    known = tables.leases.get(write.lease.name)
    if known is not None and known.token == write.lease.token:
        tables.leases[known.name] = attrs.evolve(known, until=0.0)


def fence(tables: Tables, write: words.Fence, now: float) -> None:
    """Go on only if the lease is held."""
    _held(tables, write.lease, now)


def holder(tables: Tables, query: words.LeaseHolder, now: float) -> Lease | None:
    """Read who holds the lease."""
    known = tables.leases.get(query.name)
    return known if known is not None and known.until > now else None


def _held(tables: Tables, lease: Lease, now: float) -> Lease:
    known = tables.leases.get(lease.name)
    if known is None or known.token != lease.token or known.until <= now:
        raise LeaseLost(name=lease.name, holder=lease.holder, token=lease.token)
    return known


def _ended(tables: Tables, *, at: float, marks: bool) -> list[str]:
    """Return the keys that ended until *at*, oldest first: those that are marks, or those that are not."""
    found = (
        (held.expires_at, key)
        for key, held in tables.held.items()
        if held.expires_at is not None and held.expires_at <= at and (held.data is None) is marks
    )
    return [key for _, key in sorted(found)]


def _entry(key: str, held: Held) -> Entry:
    assert held.data is not None, "a live key holds data"
    return Entry(key=key, data=held.data, revision=held.revision, expires_at=held.expires_at)


def _check_expected(tables: Tables, write: words.Put | words.Delete, now: float) -> int:
    held = tables.held.get(write.key)
    actual = held.revision if held is not None and held.live(now) else 0
    if write.expected is not None and write.expected != actual:
        raise RevisionConflict(key=write.key, expected=write.expected, actual=actual)
    return actual
