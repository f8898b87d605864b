"""Faults wrapped round an actor class or an async function: crash, delay, hang, refuse to start."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any, TypeVar, cast

import trio
from trio.lowlevel import disable_ki_protection

from ..actor import Actor, Inbox
from ..errors import FailureError
from ..supervision.spec import Kind, kind_of, takes_task_status

S = TypeVar("S", bound=Callable[..., Any])


class InjectedFault(FailureError):
    """A fault that a test has put in; ``number`` says at which message, call or start."""

    fix = "Nothing is wrong: the test wants it."

    def __init__(self, *, at: str, number: int) -> None:
        self.at, self.number = at, number
        super().__init__(what=f"{at} failed", why=f"a test wants number {number} to fail")


def with_crash(start: S, /, *, at: int = 1, error: BaseException | None = None) -> S:
    """Return *start*, which crashes when it begins message (of a function: call) number *at*, from 1.

    The message is in hand, as in a crash of its handler. *error* is raised, or else an `InjectedFault`.
    Counted once for all instances and incarnations of what is returned, so the next one gets further.
    """

    async def fault(number: int, at_what: str) -> None:  # noqa: ASYNC910 - until it is due nothing changes
        if number == at:
            raise error if error is not None else InjectedFault(at=at_what, number=number)

    return _wrap(start, fault)


def with_delay(start: S, /, *, seconds: float) -> S:
    """Return *start*, which takes so many seconds more for each message, or for each call of a function.

    Handlers that were synchronous are not any more. Cancellation: as in any `trio.sleep`.
    """

    async def fault(_number: int, _at_what: str) -> None:
        await trio.sleep(seconds)

    return _wrap(start, fault)


def with_hang(start: S, /, *, at: int = 1) -> S:
    """Return *start*, which waits for ever when it begins message (of a function: call) number *at*, from 1.

    It ends when it is cancelled. Counted as in `with_crash`.
    """

    async def fault(number: int, _at_what: str) -> None:  # noqa: ASYNC910 - the same
        if number == at:
            await trio.sleep_forever()

    return _wrap(start, fault)


def with_refused_starts(start: S, /, *, times: int = 1, error: BaseException | None = None) -> S:
    """Return *start*, whose first *times* starts fail before the child is ready.

    They raise *error*, or else an `InjectedFault`. A plain function becomes one that takes ``task_status``,
    for a plain one cannot fail to start; it is ready when it begins. Counted once for all instances and
    incarnations of what is returned.
    """
    starts, original = 0, cast("Any", start)

    def refuse() -> None:
        nonlocal starts
        starts += 1
        if starts <= times:
            raise error if error is not None else InjectedFault(at="start", number=starts)

    def init(self: Any, *args: Any, **options: Any) -> None:
        refuse()
        original.__init__(self, *args, **options)

    if _is_actor_class(start):
        return _subclass(start, {"__init__": init})

    async def reporting(*args: Any, task_status: trio.TaskStatus[Any] = trio.TASK_STATUS_IGNORED) -> Any:
        refuse()
        if takes_task_status(original):
            return await original(*args, task_status=task_status)
        task_status.started()
        return await original(*args)

    return _named_as(start, reporting)


_Fault = Callable[[int, str], Awaitable[None]]


class _Counted:
    """A fault, and how often it was asked."""

    def __init__(self, fault: _Fault, at_what: str) -> None:
        self._fault, self._at_what, self._number = fault, at_what, 0

    async def ask(self) -> None:
        self._number += 1
        await self._fault(self._number, self._at_what)


def _wrap(start: S, fault: _Fault) -> S:
    function: Any = start
    if _is_actor_class(start):
        counted = _Counted(fault, "message")
        if function.__has_run__:
            return _subclass(start, {"run": _run_with(function.run, counted)})
        handlers = [(handler.name, method) for method, handler in function.__handlers__.values()]
        return _subclass(start, {name: _handler_with(method, counted) for name, method in handlers})
    if kind_of(function) is not Kind.FUNCTION:
        raise TypeError(f"{function!r} is neither an actor class nor an async function")
    counted = _Counted(fault, "call")

    async def plain(*args: Any, **options: Any) -> Any:
        await counted.ask()
        return await function(*args, **options)

    # Whether a function reports that it is ready is seen by this parameter of its own.
    async def reporting(*args: Any, task_status: trio.TaskStatus[Any] = trio.TASK_STATUS_IGNORED) -> Any:
        await counted.ask()
        return await function(*args, task_status=task_status)

    return _named_as(start, reporting if takes_task_status(function) else plain)


def _is_actor_class(start: object) -> bool:
    return isinstance(start, type) and issubclass(start, Actor)


def _subclass(start: S, overriding: dict[str, Any]) -> S:
    kind: Any = start
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    return cast("S", type(kind.__name__, (kind,), {**overriding, **names}))


def _named_as(original: S, function: Any) -> S:
    # Without __wrapped__: who followed it would see the parameters of what is inside.
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(function, name, getattr(original, name, getattr(function, name)))
    return cast("S", function)


def _handler_with(method: Any, counted: _Counted) -> Any:
    async def handler(self: Any, message: Any) -> Any:
        await counted.ask()
        result = method(self, message)
        if isinstance(result, CoroutineType):
            result = await cast("Awaitable[Any]", result)
        return result

    # With what `on` noted on the method, which is among its attributes.
    return functools.update_wrapper(disable_ki_protection(handler), method)


def _run_with(run: Any, counted: _Counted) -> Any:
    async def body(self: Any, inbox: Inbox[Any]) -> Any:
        return await run(self, _FaultyInbox(inbox, counted))

    return body


class _FaultyInbox:
    """An inbox whose messages come with a fault."""

    def __init__(self, inbox: Inbox[Any], counted: _Counted) -> None:
        self._inbox, self._counted = inbox, counted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)

    def __aiter__(self) -> _FaultyInbox:
        return self

    async def __anext__(self) -> Any:
        message = await self._inbox.__anext__()
        await self._counted.ask()
        return message
