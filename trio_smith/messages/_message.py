"""Declare a class as a message: frozen, keyword-friendly, with a wire name and a version."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar, cast, dataclass_transform, overload

import attrs

from ..errors import ErrorFamily, MisuseError

C = TypeVar("C", bound=type)

_ATTRIBUTE = "__smith_message__"
_WIRE_NAME = re.compile(r"[^\W\d][\w.\-]{0,127}\Z")


class BadMessageDeclaration(MisuseError):
    """A message class is declared with values that cannot work."""

    family = ErrorFamily.ACTOR
    fix = "Correct the arguments of @smith.message."

    def __init__(self, *, message: object, why: str) -> None:
        self.message = message
        name = getattr(message, "__qualname__", None) or repr(message)
        super().__init__(what=f"cannot declare {name} as a message", why=why)


@attrs.frozen(kw_only=True)
class MessageDeclaration:
    """What `message` noted about a class.

    ``name`` is the wire name (the class's own unless given), ``version`` counts from 1,
    ``raises`` are the exceptions that are answers of this message, not crashes.
    """

    name: str
    version: int
    raises: tuple[type[Exception], ...]


@overload
def message(cls: C, /) -> C: ...
@overload
def message(
    *, name: str | None = None, version: int = 1, raises: tuple[type[Exception], ...] = ()
) -> Callable[[C], C]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def message(
    cls: C | None = None,
    /,
    *,
    name: str | None = None,
    version: int = 1,
    raises: tuple[type[Exception], ...] = (),
) -> C | Callable[[C], C]:
    """Make a class with annotations a frozen attrs class and note its wire name and version.

    It only marks: nothing is registered anywhere. A node builds its closed wire registry from
    the protocols and messages that it is given.

    Args:
        cls: the class, where it is used without arguments.
        name: the name on the wire; letters, digits, "_", "." and "-", at most 128.
        version: of the schema, from 1.
        raises: exceptions that a handler may raise as its answer: they reach the asker as
            themselves and the actor lives on.

    Raises:
        BadMessageDeclaration: One of these values cannot work.
    """

    def declare(cls: C) -> C:
        if not _is(cls, type):
            raise BadMessageDeclaration(message=cls, why="it is no class")
        wire_name = cls.__name__ if name is None else name
        _check(cls, wire_name, version, raises)
        frozen = attrs.frozen(cls)
        setattr(frozen, _ATTRIBUTE, MessageDeclaration(name=wire_name, version=version, raises=raises))
        return frozen

    return declare if cls is None else declare(cls)


def declaration_of(message: type) -> MessageDeclaration | None:
    """Return what `message` noted about the class itself, or None (a base's note does not count)."""
    return cast("MessageDeclaration | None", message.__dict__.get(_ATTRIBUTE))


def declared_errors(message: type) -> tuple[type[Exception], ...]:
    """Return the exceptions that are answers of *message* or of one of its bases."""
    found: list[type[Exception]] = []
    for base in message.__mro__:
        noted = declaration_of(base)
        found.extend(noted.raises if noted is not None else ())
    return tuple(dict.fromkeys(found))


def _check(cls: type, name: str, version: int, raises: tuple[type[Exception], ...]) -> None:
    if not _is(name, str) or not _WIRE_NAME.match(name):
        raise BadMessageDeclaration(message=cls, why=f"{name!r} is no wire name")
    if type(version) is not int or version < 1:
        raise BadMessageDeclaration(message=cls, why=f"version is {version!r}, not a whole number from 1")
    if not _is(raises, tuple):
        raise BadMessageDeclaration(
            message=cls, why=f"raises is {raises!r}, not a tuple of Exception classes"
        )
    for error in raises:
        if not (_is(error, type) and issubclass(error, Exception)):
            raise BadMessageDeclaration(
                message=cls, why=f"raises holds {error!r}, which is no Exception class"
            )
        if issubclass(error, StopIteration):
            raise BadMessageDeclaration(
                message=cls,
                why="raises holds StopIteration, which Python lets nobody raise in an async function",
            )


def _is(value: object, kind: type) -> bool:
    # Declarations come from programs that no type checker has seen, too.
    return isinstance(value, kind)
