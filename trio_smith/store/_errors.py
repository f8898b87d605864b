"""What can go wrong with a store.

```text
MisuseError  ── BadData, BadStoreName, BadRequest, KeyReused, StoreClosed
FailureError ── Conflict ── VersionConflict, RevisionConflict, ClaimLost, LeaseLost, AlreadyAccepted, InboxGap
             ── StoreFailed ── StoreBusy, StoreFull, StoreReadOnly, StoreCorrupt, StoreUnavailable,
                               StoreTooNew, StoreTooOld, StatementFailed
             ── OutcomeUnknown
```

A `Conflict` says that the world has moved on: nothing was written, and the same request would be refused
again. After `StoreFailed` nothing was written either, and the same request may succeed later. Only after
`OutcomeUnknown` may something have been written.

A conflict concerns the task that lost, and misuse the code that is wrong: their family is the default one.
Only a store that fails is a matter of persistence.
"""

from __future__ import annotations

from ..errors import ErrorFamily, FailureError, MisuseError

SHOWN = 128
"""How much of a text that came from anywhere is shown."""


def shown(text: str) -> str:
    """Return the beginning of *text*, quoted."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


class BadData(MisuseError, ValueError):
    """A value cannot be kept: it is no JSON, or too large."""

    fix: str = "Keep bytes, or what JSON can say: None, bool, int, finite float, str, list and dict."

    def __init__(self, *, why: str) -> None:
        super().__init__(what="cannot keep this value", why=why)


class BadStoreName(MisuseError, ValueError):
    """A text cannot name a stream, a queue, a key, a lease or another thing in a store."""

    fix: str = "Use valid Unicode without NUL, of 1 to 1,024 bytes in UTF-8."

    def __init__(self, *, field: str, why: str) -> None:
        self.field = field
        super().__init__(what=f"cannot use this as {field}", why=why)


class BadRequest(MisuseError, ValueError):
    """A write or a query is not one that this store can carry out."""

    fix: str = "Change the call as the text says."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        super().__init__(what=what, why=why, fix=fix)


class KeyReused(MisuseError):
    """An idempotency key was used before, for other writes."""

    fix: str = "Make a key of what the write is about, for instance the id of the order and of the step."

    def __init__(self, *, key: str) -> None:
        self.key = key
        super().__init__(
            what=f"the idempotency key {shown(key)} is used", why="it was committed with other writes"
        )


class StoreClosed(MisuseError):
    """The store was used after its block had ended."""

    family = ErrorFamily.PERSISTENCE
    fix: str = "Use it inside of `async with open_store(…)`."

    def __init__(self) -> None:
        super().__init__(what="the store is closed", why="its block has ended")


class Conflict(FailureError):
    """The world has moved on, so nothing was written."""


class VersionConflict(Conflict):
    """A stream is not at the version that an append expected."""

    fix: str = "Read the events that came in between, decide again, and append at the new version."

    def __init__(self, *, stream: str, expected: int, actual: int) -> None:
        self.stream, self.expected, self.actual = stream, expected, actual
        super().__init__(
            what=f"cannot append to {shown(stream)}", why=f"it is at version {actual}, not {expected}"
        )


class RevisionConflict(Conflict):
    """A key has not the revision that a put or a delete expected."""

    fix: str = "Read the entry again, decide again, and expect the new revision."

    def __init__(self, *, key: str, expected: int, actual: int) -> None:
        self.key, self.expected, self.actual = key, expected, actual
        why = f"it is at revision {actual}, not {expected}" if actual else "there is no such key"
        super().__init__(what=f"cannot change {shown(key)}", why=why)


class ClaimLost(Conflict):
    """A job is no longer claimed by whoever says so: its claim ran out, or it has been ended."""

    fix: str = "Drop the work: somebody else has the job now. Renew the claim, or claim for longer."

    def __init__(self, *, queue: str, job: int, claim: int) -> None:
        self.queue, self.job, self.claim = queue, job, claim
        super().__init__(
            what=f"job {job} of {shown(queue)} is not yours", why=f"claim {claim} is no longer the valid one"
        )


class LeaseLost(Conflict):
    """A lease is held no longer: it ran out, was released, or somebody else took it."""

    fix: str = "Stop what the lease was for; take it again."

    def __init__(self, *, name: str, holder: str, token: int) -> None:
        self.name, self.holder, self.token = name, holder, token
        super().__init__(
            what=f"the lease {shown(name)} is lost",
            why=f"{shown(holder)} held it with token {token}, and no more",
        )


class AlreadyAccepted(Conflict):
    """A message was accepted before, so its effect is in the store already."""

    fix: str = "Acknowledge the message again and drop it."

    def __init__(self, *, receiver: str, sender: str, sequence: int, mark: int) -> None:
        self.receiver, self.sender, self.sequence, self.mark = receiver, sender, sequence, mark
        super().__init__(
            what=f"message {sequence} of {shown(sender)} was accepted before",
            why=f"{shown(receiver)} has all of them up to {mark}",
        )


class InboxGap(Conflict):
    """A message came before the one that precedes it."""

    fix: str = "Let the sender send again from the message that is missing."

    def __init__(self, *, receiver: str, sender: str, sequence: int, mark: int) -> None:
        self.receiver, self.sender, self.sequence, self.mark = receiver, sender, sequence, mark
        super().__init__(
            what=f"message {sequence} of {shown(sender)} came too early",
            why=f"{shown(receiver)} has accepted no further than {mark}, so {mark + 1} must come first",
        )


class StoreFailed(FailureError):
    """The store could not do it; nothing was written."""

    family = ErrorFamily.PERSISTENCE
    fix: str = "See what the database says; the same call may succeed later."

    def __init__(self, *, what: str, why: str, fix: str | None = None) -> None:
        super().__init__(what=what, why=why, fix=fix)


class StoreBusy(StoreFailed):
    """Others kept the database locked for longer than the store waits, or too much is waiting."""

    family = ErrorFamily.RESOURCE
    fix: str = "Try again, shorten what holds the lock, or raise the store's busy_timeout."


class StoreFull(StoreFailed):
    """The disk or the database is full."""

    fix: str = "Make room; what was acknowledged is safe."


class StoreReadOnly(StoreFailed):
    """The database cannot be written to."""

    fix: str = "Give the process the right to write to the file and to its directory."


def written_in_a_query(*, why: str) -> StoreReadOnly:
    """Return what a query of the application that would write raises."""
    fix = "Let it read, or commit it as Execute."
    return StoreReadOnly(what="cannot write in a query", why=why, fix=fix)


class StoreCorrupt(StoreFailed):
    """The file is no database, or is damaged."""

    fix: str = "Restore a backup, and keep the damaged file to look into."


class StoreUnavailable(StoreFailed):
    """The database cannot be reached or opened."""

    fix: str = "See that it is there and running; the store can be used again as soon as it is."


class StoreTooNew(StoreFailed):
    """The database was made by a newer version of this library."""

    fix: str = "Install the newer version, or take the schema down to what this one knows."


class StoreTooOld(StoreFailed):
    """The database lacks migrations that this version needs."""

    fix: str = (
        "Make a backup, look at `trio-smith migrate plan URL`, with the path or URL of the store, then run"
        " `trio-smith migrate up URL`."
    )


class StatementFailed(StoreFailed):
    """The database refused a statement of the application; nothing of the commit was written."""

    fix: str = "Mend the statement, its parameters, or the table."


class OutcomeUnknown(FailureError):
    """The store was lost while it committed: the writes are there wholly, or not at all."""

    family = ErrorFamily.PERSISTENCE
    fix: str = "Repeat the call with the same idempotency key, or read to see which it was."

    def __init__(self, *, why: str) -> None:
        super().__init__(what="cannot tell whether the writes were committed", why=why)
