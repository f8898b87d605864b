"""Name what a system holds: message ids, actor paths and the rules for one name.

An id is an identity, not a secret: ids are counted, so anybody can guess the next one.
"""

from __future__ import annotations

import base64
import re
from itertools import count
from typing import Final, Protocol

import attrs

from .errors import MisuseError

LONGEST_NAME: Final = 128
"""The most characters that one name has."""

LARGEST_NUMBER: Final = 2**63 - 1
"""The last number of an id; it still fits a signed 64-bit column."""

# Fewer than 20 digits and no leading zero: each id has one spelling, and hostile text is refused cheaply.
_PREFIX: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_MESSAGE_ID: Final = re.compile(rf"m-(?P<prefix>{_PREFIX.pattern})-(?P<number>[1-9][0-9]{{0,18}})")


class InvalidName(MisuseError, ValueError):
    """A text cannot be the name of an actor or a supervisor."""

    fix = f"Use 1 to {LONGEST_NAME} printable characters without '/', not beginning or ending with a blank."

    def __init__(self, *, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        # A name of a megabyte must not make an error of a megabyte.
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        super().__init__(what=f"cannot use {shown!r} as a name", why=reason)


class InvalidId(MisuseError, ValueError):
    """A text or a field is not what an id of this kind is made of."""

    fix = "Pass the text just as str() of the id printed it."

    def __init__(self, *, kind: str, text: str, reason: str) -> None:
        self.kind, self.text, self.reason = kind, text, reason
        shown = text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
        super().__init__(what=f"cannot read {shown!r} as {kind}", why=reason)


def check_name(name: str) -> str:
    """Return *name* unchanged if it may name one child among its siblings.

    A name has 1 to 128 characters, all printable (no control characters, no line breaks, no blank but the
    plain space), no "/" and no blank at either end: it can stand in a path, a log line and an error as it is.

    Raises:
        InvalidName: The name breaks one of these rules, which the error names.
    """
    if not name:
        reason = "it is empty"
    elif len(name) > LONGEST_NAME:
        reason = f"it has {len(name)} characters"
    elif "/" in name:
        reason = "it contains '/', which separates the names of a path"
    elif not name.isprintable():
        reason = "it contains a character that does not print"
    elif name != name.strip():
        reason = "it begins or ends with a blank"
    else:
        return name
    raise InvalidName(name=name, reason=reason)


class RandomBits(Protocol):
    """What is needed of a `random.Random`, whose module a pure file does not import."""

    def getrandbits(self, k: int, /) -> int:
        """Return a whole number of *k* random bits."""
        ...


def process_prefix(random: RandomBits, pid: int) -> str:
    """Return 8 lower-case base32 characters that tell this process's ids from those of others.

    Two processes get the same prefix with a chance of 1 in 2**40 when their *random* is seeded independently;
    forked processes that share a seed differ by their *pid* (of which the lowest 40 bits count).
    """
    bits = random.getrandbits(40) ^ (pid % 2**40)
    return base64.b32encode(bits.to_bytes(5, "big")).decode("ascii").lower()


def _check_prefix(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if _PREFIX.fullmatch(value) is None:
        raise InvalidId(
            kind="the prefix of message ids",
            text=value,
            reason="it is not 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-' with a letter or digit at both ends",
        )


def _check_number(_instance: object, _attribute: attrs.Attribute[int], value: int) -> None:
    if not 1 <= value <= LARGEST_NUMBER:
        raise InvalidId(
            kind="the number of a message id", text=str(value), reason="numbers run from 1 to 2**63 - 1"
        )


@attrs.frozen(kw_only=True)
class MessageId:
    """One message of one source: the *number*-th id that the source called *prefix* gave out."""

    prefix: str = attrs.field(validator=_check_prefix)
    number: int = attrs.field(validator=_check_number)

    @classmethod
    def parse(cls, text: str) -> MessageId:
        """Return the id that prints as *text*; no two texts give the same id.

        Raises:
            InvalidId: No message id prints like this.
        """
        found = _MESSAGE_ID.fullmatch(text)
        if found is None:
            raise InvalidId(
                kind="a message id", text=text, reason="it is not of the form m-<prefix>-<number>"
            )
        return cls(prefix=found["prefix"], number=int(found["number"]))

    def __str__(self) -> str:
        return f"m-{self.prefix}-{self.number}"


class IdSource:
    """Give out the message ids of one process, counting from 1.

    Ids of one source are unique; ids of several are when their prefixes differ (see `process_prefix`).
    """

    __slots__ = ("_numbers", "_prefix")

    def __init__(self, prefix: str) -> None:
        """Raise `InvalidId` now rather than at the first id if *prefix* cannot be part of one."""
        MessageId(prefix=prefix, number=1)
        self._prefix = prefix
        self._numbers = count(1)

    def next(self) -> MessageId:
        """Return an id that this source never gave before and never gives again."""
        return MessageId(prefix=self._prefix, number=next(self._numbers))


def _check_parts(
    _instance: object, _attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]
) -> None:
    for name in value:
        check_name(name)


@attrs.frozen
class ActorPath:
    """Where an actor or a supervisor stands in its tree: the names from below the root down to its own.

    The path of the root itself has no parts and prints as the empty text.
    """

    parts: tuple[str, ...] = attrs.field(default=(), validator=_check_parts)

    @classmethod
    def parse(cls, text: str) -> ActorPath:
        """Return the path that prints as *text*, such as ``desk/alice``.

        Raises:
            InvalidId: A part between two "/" is not a name; the cause says which and why.
        """
        try:
            return cls(tuple(text.split("/"))) if text else cls()
        except InvalidName as error:
            reason = f"its part {error.name[:LONGEST_NAME]!r} is not a name, as {error.reason}"
            raise InvalidId(kind="an actor path", text=text, reason=reason) from error

    @property
    def name(self) -> str:
        """The last part: the actor's own name among its siblings; empty for the root."""
        return self.parts[-1] if self.parts else ""

    @property
    def parent(self) -> ActorPath | None:
        """The path one step up; None for the root."""
        return ActorPath(self.parts[:-1]) if self.parts else None

    def __truediv__(self, name: str) -> ActorPath:
        """Return the path of this path's child called *name*; raises `InvalidName`."""
        return ActorPath((*self.parts, name))

    def __str__(self) -> str:
        return "/".join(self.parts)
