"""What an actor class understands: its protocol and handlers, checked when the class is made."""

from __future__ import annotations

import types
import typing
from typing import Any, TypeVar

import attrs
from trio.lowlevel import disable_ki_protection

from ..messages._message import declared_errors
from ._errors import BadProtocol
from ._handler import Handler, mark_of
from ._shape import check_shape

Table = dict[type, tuple[Any, Handler]]
"""Message class to (unbound method, its handler); grows by the subclasses that are met."""


def protocol_of(cls: type, root: type) -> tuple[type, ...] | None:
    """Return the messages in ``root[...]`` among the bases of *cls*; None if it is not said or still open."""
    argument = _argument(cls, root)
    if argument is None or argument is Any or _parameters(argument):
        return None
    return _members(argument, cls)


def _argument(cls: type, root: type) -> Any:
    """Return what stands in ``root[...]``, with the parameters of generic classes in between filled in."""
    for base in cls.__dict__.get("__orig_bases__", ()):
        origin = typing.get_origin(base)
        if origin is root:
            return typing.get_args(base)[0]
        if isinstance(origin, type) and issubclass(origin, root):
            inner = _argument(origin, root)
            given = dict(zip(_parameters(origin), typing.get_args(base), strict=False))
            if isinstance(inner, TypeVar):
                return given.get(inner, inner)
            open_ones = _parameters(inner)
            return inner[tuple(given[one] for one in open_ones)] if open_ones else inner
    inherited = (
        _argument(base, root) for base in cls.__bases__ if issubclass(base, root) and base is not root
    )
    return next((argument for argument in inherited if argument is not None), None)


def _parameters(thing: object) -> tuple[Any, ...]:
    return (thing,) if isinstance(thing, TypeVar) else tuple(getattr(thing, "__parameters__", ()))


def _members(argument: object, cls: type) -> tuple[type, ...]:
    argument = getattr(argument, "__value__", argument)  # a ``type`` statement
    if isinstance(argument, types.UnionType) or typing.get_origin(argument) is typing.Union:
        return tuple(member for part in typing.get_args(argument) for member in _members(part, cls))
    if argument is typing.Never or argument is typing.NoReturn:
        return ()
    plain = typing.get_origin(argument) or argument
    if not isinstance(plain, type) or plain is type(None):
        raise BadProtocol(
            actor=cls.__qualname__,
            why=f"{argument!r} in Actor[...] is no message class (nor a union of them)",
        )
    return (plain,)


def handlers_of(cls: type) -> Table:
    """Return the handlers of *cls*, its bases' included; two for one message are an error."""
    table: Table = {}
    for name in dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base)):
        method = getattr(cls, name, None)
        mark = mark_of(method)
        if mark is None:  # a method that overrides a handler needs no second @on
            mark = next((m for b in cls.__mro__ if (m := mark_of(vars(b).get(name))) is not None), None)
        if mark is None or not callable(method):
            continue
        if not _is_message(mark.message):
            raise BadProtocol(
                actor=cls.__qualname__, why=f"{name} is @on({mark.message!r}), which is no message class"
            )
        if isinstance(method, types.FunctionType):
            disable_ki_protection(method)  # it may override a handler, without an @on of its own
        if mark.message in table:
            other = table[mark.message][1].name
            raise BadProtocol(
                actor=cls.__qualname__, why=f"{other} and {name} both handle {mark.message.__name__}"
            )
        check_shape(cls, name, takes="message")
        handler = Handler(
            name=name,
            message=mark.message,
            cancellable=mark.cancellable,
            errors=declared_errors(mark.message),
        )
        table[mark.message] = (method, handler)
    return table


def _is_message(kind: object) -> bool:
    return isinstance(kind, type) and kind is not types.NoneType


def body_entry(message: type, run: object) -> tuple[Any, Handler]:
    """Return the entry of *message* in the table of an actor with a body of its own."""
    return run, Handler(name="run", message=message, cancellable=False, errors=declared_errors(message))


def check_protocol(cls: type, protocol: tuple[type, ...], table: Table) -> None:
    """Refuse a protocol and handlers that do not cover one another."""
    missing = [message.__name__ for message in protocol if message not in table]
    if missing:
        raise BadProtocol(actor=cls.__qualname__, why=f"no handler for {', '.join(missing)}")
    foreign = [message.__name__ for message in table if message not in protocol]
    if foreign:
        raise BadProtocol(
            actor=cls.__qualname__, why=f"it handles {', '.join(foreign)}, which its protocol does not name"
        )


def resolve(table: Table, kind: type) -> bool:
    """Tell whether messages of class *kind* are understood, by a base too; remember the answer yes."""
    if kind in table:
        return True
    for base in kind.__mro__[1:]:
        if base in table:
            method, handler = table[base]
            table[kind] = (method, attrs.evolve(handler, errors=declared_errors(kind)))
            return True
    return False
