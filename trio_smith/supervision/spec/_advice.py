"""What is wrong with a value that a spec was given, and what to give instead."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias, cast

from ...messages import Request, declaration_of
from ._options import Decision
from ._plain_function import plain_function

Advice: TypeAlias = tuple[str, str]
"""Why it cannot be, and how to mend that."""

# Characters of a value that an error shows.
SHOWN = 80

_TABLE = "Map classes of exceptions to members of smith.Decision."

_GIVE = "Give an async function, an actor class or a SupervisorSpec."


def shown(value: object) -> str:
    """Return *value* as an error shows it: by its name if it has one, never by its address in memory."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        return "the lambda" if name == "<lambda>" else name
    if type(value).__repr__ is object.__repr__:
        return f"an instance of {type(value).__name__}"
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - the user's __repr__ must not spoil the error
        text = f"{type(value).__name__} (its __repr__ raised {type(error).__name__})"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def about_start(start: Any, plain: object) -> Advice | None:  # noqa: PLR0911 - one answer for each thing
    """Say what *start* is instead of something that can be started; None if only its call can tell.

    *plain* is the function inside it. A coroutine is closed: nobody will await it.
    """
    kind: type[Any] = start if isinstance(start, type) else type(start)
    if inspect.iscoroutine(start):
        start.close()
        name = start.__name__
        return (
            "it is a coroutine, not a function",
            f"Instead, give the function and its arguments: start({name}, ...), not start({name}(...)).",
        )
    if inspect.isasyncgenfunction(plain):
        return "it is an async generator, not an async function", "Take the yield out of it."
    if declaration_of(kind) is not None or issubclass(kind, Request):
        return (
            f"{kind.__name__} is a message, not an actor",
            f"{_GIVE} Messages go to a ref, with tell and ask.",
        )
    if getattr(kind, "__smith_actor__", None) is not None:
        if start is kind:  # a subclass can be started
            return "Actor itself understands nothing", "Give a subclass of it that has handlers."
        return (
            "it is an actor, not an actor class",
            f"Give {kind.__name__} and its arguments without calling it: each restart makes a new one.",
        )
    if callable(start):
        return None
    if hasattr(kind, "tell_nowait"):
        return "it is a ref to an actor that was started already", _GIVE
    return f"{shown(start)} is not callable", _GIVE


def about_member(value: object, kind: type[Enum]) -> Advice:
    """Say that *value* is no member of *kind*, and which there are."""
    near = [one for one in kind if isinstance(value, str) and value in (one.value, one.name)]
    meant = near or list(kind)
    names = [one.name for one in meant]
    names[0] = f"smith.{kind.__name__}.{names[0]}"
    last = names.pop()
    return f"{shown(value)} is no {kind.__name__}", f"Give {', '.join(names)}{' or ' if names else ''}{last}."


def about_children(given: object) -> Advice:
    """Say what *given* is instead of the children of a supervisor."""
    if hasattr(given, "ready_at_once"):
        return "it is one ChildSpec", "Put it into a list."
    return f"{shown(given)} is neither a sequence nor an async function", "Give a list of smith.child(...)."


def about_failures(failures: object) -> Advice | None:
    """Say why *failures* cannot decide about exceptions; None if it can."""
    if isinstance(failures, Mapping):
        return _about_table(cast("Mapping[object, object]", failures))
    if isinstance(failures, type) or not callable(failures):
        what = "a class" if isinstance(failures, type) else "neither a mapping nor a function"
        return f"{shown(failures)} is {what}", f"{_TABLE} Or give a smith.Taxonomy()."
    if inspect.iscoroutinefunction(plain_function(failures)):
        return f"{shown(failures)} is an async function", "Give a plain one: it is asked amid the decision."
    return None


def _about_table(table: Mapping[object, object]) -> Advice | None:
    for kind, decision in table.items():
        if not _is_exception_class(kind):
            return f"{shown(kind)} is no class of exceptions", _TABLE
        if not isinstance(decision, Decision):
            return about_member(decision, Decision)
    return None


def _is_exception_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def about_observer(observe: object) -> Advice | None:
    """Say why *observe* cannot be called with each event; None if it can."""
    if observe is None or (callable(observe) and not inspect.iscoroutinefunction(observe)):
        return None
    what = "an async function" if callable(observe) else "not callable"
    return f"{shown(observe)} is {what}", "Give a plain function: it is called with each event."


def about_product(start: object, made: object) -> str:
    """Say that *start* returned something that cannot be a child."""
    name = shown(start)
    if inspect.isfunction(start) and start.__name__ != "<lambda>":
        way = f"write 'async def {name}', or let it return an actor"
    else:
        way = "let it return an actor or an awaitable"
    return f"{name} returned {shown(made)}, which is neither an actor nor an awaitable: {way}"
