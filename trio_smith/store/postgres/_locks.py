"""Let commits that would lock the same rows in different orders wait for each other at their beginning: pure.

Each write locks the row of what it is about, a stream, say, and keeps it until the commit. Two commits that
lock the same two, one the other way round, would end in a deadlock, which costs a second and one of them. So
who locks several names them first, all in one order, by advisory locks of the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .. import words
from ..sql import Sql

if TYPE_CHECKING:
    from ..words import Write

# One statement; the rows of an array are gone through in their order.
LOCK: Final = """
    SELECT CASE WHEN shared
           THEN pg_advisory_xact_lock_shared(lock)::text ELSE pg_advisory_xact_lock(lock)::text END
    FROM unnest(:locks::bigint[], :shared::boolean[]) AS wanted (lock, shared)"""
MOST: Final = 32
"""Locks of one commit: the server has room for some thousands. Who needs more keeps all others out."""

ALL: Final = "all"
"""The lock that all share, but for those that need too many."""

NAMES: Final[Mapping[type[Write[Any]], Callable[[Any], str]]] = {
    words.Append: lambda write: f"stream:{write.stream}",
    words.Truncate: lambda write: f"stream:{write.stream}",
    words.SaveSnapshot: lambda write: f"stream:{write.stream}",
    words.SetTimer: lambda write: f"timer:{write.queue}:{write.name}",
    words.CancelTimer: lambda write: f"timer:{write.queue}:{write.name}",
    words.TakeLease: lambda write: f"lease:{write.name}",
    words.RenewLease: lambda write: f"lease:{write.lease.name}",
    words.ReleaseLease: lambda write: f"lease:{write.lease.name}",
    words.Fence: lambda write: f"lease:{write.lease.name}",
    # They count their changes in one row.
    words.Put: lambda _: "keys",
    words.Delete: lambda _: "keys",
    words.Expire: lambda _: "keys",
    words.ForgetMarks: lambda _: "keys",
    words.Record: lambda write: f"chain:{write.chain}",
    words.Accept: lambda write: f"inbox:{write.receiver}:{write.sender}",
}
"""What those writes lock that wait for others."""

SHARED: Final = words.Fence
"""It only looks: many hold it at once."""

NEVER_WAITS: Final = words.Enqueue


def locks_of(writes: Iterable[Write[Any]]) -> Sql | None:
    """Return the statement that takes the locks of *writes*; None if they can stand in nobody's way."""
    shared: dict[str, bool] = {}
    others = False
    for write in writes:
        name = NAMES.get(type(write))
        if name is None:
            others = others or type(write) is not NEVER_WAITS
        else:
            said = name(write)
            shared[said] = isinstance(write, SHARED) and shared.get(said, True)
    if not shared or (len(shared) == 1 and not others):
        return None
    if len(shared) > MOST:
        return Sql(LOCK, {"locks": [_number(ALL)], "shared": [False]})
    wanted = sorted((_number(name), alone) for name, alone in shared.items())
    locks = [_number(ALL), *(lock for lock, _ in wanted)]
    return Sql(LOCK, {"locks": locks, "shared": [True, *(alone for _, alone in wanted)]})


def _number(name: str) -> int:
    """Return 64 bits for *name*; two names with the same ones only wait for each other."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
