"""Key-value: entries with a revision, an end if they want one, and watchers."""

from __future__ import annotations

import sys
from typing import Final

import attrs

from ._data import (
    LARGEST_BATCH,
    a_count,
    a_limit,
    a_name,
    a_prefix,
    from_data,
    positive_seconds,
    to_data,
    to_seconds,
)
from ._request import Query, Write

KEY_VALUE_TOPIC = "kv"
"""Where watchers of keys wait."""


LAST_CHARACTER: Final = chr(sys.maxunicode)


@attrs.frozen(kw_only=True)
class Entry:
    """What a key holds: its bytes, the revision of its last change, and when it ends (epoch seconds)."""

    key: str
    data: bytes
    revision: int
    expires_at: float | None = None

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says."""
        return from_data(self.data)


@attrs.frozen(kw_only=True)
class Change:
    """The last thing that happened to a key: it has *data* now, or None because it is gone."""

    key: str
    data: bytes | None
    revision: int

    @property
    def value(self) -> object:
        """Return what the JSON of ``data`` says; None for a key that is gone."""
        return None if self.data is None else from_data(self.data)


@attrs.frozen
class Put(Write[int]):
    """Let *key* hold *data*, for *ttl* seconds or for good; the answer is its new revision.

    Revisions count the changes of all keys of a store. With *expected*, only if the key has that revision
    (0: there is no such key); otherwise `RevisionConflict`.
    """

    key: str = attrs.field(validator=a_name)
    data: bytes = attrs.field(converter=to_data)
    ttl: float | None = attrs.field(
        default=None,
        kw_only=True,
        converter=attrs.converters.optional(to_seconds),
        validator=attrs.validators.optional(positive_seconds),
    )
    expected: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(a_count)
    )

    @property
    def wakes(self) -> str:
        """Return the topic on which watchers wait."""
        return KEY_VALUE_TOPIC


@attrs.frozen
class Delete(Write[bool]):
    """Let *key* be gone; the answer is whether it was there. Raises `RevisionConflict` as `Put` does."""

    key: str = attrs.field(validator=a_name)
    expected: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(a_count)
    )

    @property
    def wakes(self) -> str:
        """Return the topic on which watchers wait."""
        return KEY_VALUE_TOPIC


@attrs.frozen
class Get(Query[Entry | None]):
    """Ask what *key* holds; None if it is not there, or its time is over."""

    key: str = attrs.field(validator=a_name)


@attrs.frozen
class Scan(Query[tuple[Entry, ...]]):
    """Ask for at most *limit* entries whose keys begin with *prefix* and come after *after*, by key."""

    prefix: str = attrs.field(validator=a_prefix)
    after: str = attrs.field(default="", kw_only=True, validator=a_prefix)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class Changes(Query[tuple[Change, ...]]):
    """Ask for the changes after revision *after* to keys that begin with *prefix*, by revision.

    Of each key only its last change is told.
    """

    prefix: str = attrs.field(validator=a_prefix)
    after: int = attrs.field(default=0, kw_only=True, validator=a_count)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class Revision(Query[int]):
    """Ask for the revision of the last change of any key; 0 before the first one."""


@attrs.frozen
class Expire(Write[int]):
    """Let entries whose time is over be gone for watchers too; the answer is how many there were.

    At most *limit* at once, those first whose time was over first. Each leaves a mark; see `ForgetMarks`.
    """

    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class ForgetMarks(Write[int]):
    """Forget the marks of keys that have been gone for *keep* seconds; the answer is how many there were.

    At most *limit* at once, oldest first. Whoever watches, and has not looked for longer than that, does not
    hear of those keys.
    """

    keep: float = attrs.field(kw_only=True, converter=to_seconds, validator=positive_seconds)
    limit: int = attrs.field(default=LARGEST_BATCH, kw_only=True, validator=a_limit)


@attrs.frozen
class Expired(Query[bool]):
    """Ask whether the time of some entry is over, so that `Expire` has something to do."""


def after_prefix(prefix: str) -> str | None:
    """Return the smallest text that is above all texts which begin with *prefix*; None if there is none.

    Texts are compared by code points, which is also the order of their UTF-8 bytes.
    """
    for end in range(len(prefix), 0, -1):
        last = prefix[end - 1]
        if last != LAST_CHARACTER:
            # Surrogates are no characters, so after the one before them comes the one behind them.
            following = "\ue000" if last == "\ud7ff" else chr(ord(last) + 1)
            return prefix[: end - 1] + following
    return None
