# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What checkers know of handlers: the parameter, the answer, and what may be answered later."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, assert_type

from protocols import Audit, Find, Name, Withdraw

import trio_smith as smith


async def number() -> int:
    return 1


async def text(of: int) -> str:
    return str(of)


class Right(smith.Actor[Withdraw | Name | Find | Audit]):
    @smith.on(Withdraw)
    def withdraw(self, message: Withdraw) -> int | smith.Later[int]:
        return smith.later(number) if message.amount else message.amount

    @smith.on(Name, cancellable=True)
    async def name(self, message: Name) -> str:
        return await text(1)

    @smith.on(Find)
    async def find(self, message: Find) -> None:
        return None

    @smith.on(Audit)
    async def audit(self, message: Audit) -> None: ...

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        assert_type(context.path, str)
        yield

    async def on_restart(self, failure: smith.Failure, /) -> None:
        assert_type(failure.exception, BaseException)
        assert_type(failure.message, object)
        assert_type(failure.deliveries, int)

    def on_down(self, down: smith.Down, /) -> None:
        assert_type(down.ref, smith.Ref[Any])
        assert_type(down.incarnation, int)
        assert_type(down.reason, smith.ExitReason)


class RightToo(smith.Actor[Withdraw | Audit]):
    """A handler may answer more narrowly, and take more."""

    @smith.on(Withdraw)
    def withdraw(self, message: Withdraw | Name) -> bool:
        return True

    @smith.on(Audit)
    def audit(self, message: object) -> smith.Later[None]:
        return smith.later(self.write)

    async def write(self) -> None: ...


class AlwaysLater(smith.Actor[Withdraw]):
    @smith.on(Withdraw)
    async def withdraw(self, message: Withdraw) -> smith.Later[int]:
        return smith.later(number)


class WrongParameter(smith.Actor[Withdraw]):
    @smith.on(Withdraw)  # type: ignore[arg-type]
    def withdraw(self, message: Name) -> int:
        return 1


class WrongAnswer(smith.Actor[Withdraw]):
    @smith.on(Withdraw)  # type: ignore[arg-type]
    def withdraw(self, message: Withdraw) -> str:
        return ""


class WrongAsyncAnswer(smith.Actor[Withdraw]):
    @smith.on(Withdraw)  # type: ignore[arg-type]
    async def withdraw(self, message: Withdraw) -> str:
        return ""


class WrongLater(smith.Actor[Withdraw]):
    @smith.on(Withdraw)  # type: ignore[arg-type]
    def withdraw(self, message: Withdraw) -> smith.Later[str]:
        return smith.later(text, 1)


class AnswerToATell(smith.Actor[Audit]):
    @smith.on(Audit)  # type: ignore[arg-type]
    def audit(self, message: Audit) -> int:
        return 1


class NoParameter(smith.Actor[Audit]):
    @smith.on(Audit)  # type: ignore[arg-type]
    def audit(self) -> None: ...


class CancellableTell(smith.Actor[Audit]):
    @smith.on(Audit, cancellable=True)  # type: ignore[arg-type]
    def audit(self, message: Audit) -> None: ...


def later_compares_the_arguments() -> None:
    assert_type(smith.later(text, 1), smith.Later[str])
    smith.later(text, "1")  # type: ignore[arg-type]
    smith.later(text)  # type: ignore[arg-type]
    smith.later(number, 1)  # type: ignore[arg-type]


def later_takes_an_async_function() -> None:
    smith.later(str, 1)  # type: ignore[arg-type]


class Body(smith.Actor[Withdraw | Audit]):
    async def run(self, inbox: smith.Inbox[Withdraw | Audit], /) -> None:
        async for message in inbox:
            assert_type(message, Withdraw | Audit)
            if isinstance(message, Withdraw):
                inbox.answer(message.amount)
                continue
            assert_type(message, Audit)
            inbox.acknowledge()


class WrongInbox(smith.Actor[Withdraw | Audit]):
    async def run(self, inbox: smith.Inbox[Name], /) -> None: ...  # type: ignore[override]


class Timed(smith.Actor[Audit]):
    @smith.on(Audit)
    def audit(self, message: Audit) -> None:
        context = self.context
        assert_type(context.after(1.0, self.beat, 3), smith.Timer)
        assert_type(context.every(1.0, self.beat, times=3), smith.Timer)  # type: ignore[arg-type, call-arg]
        context.after(1.0, self.beat)  # type: ignore[arg-type]
        context.after(1.0, self.beat, "3")  # type: ignore[arg-type]
        context.stop(drain=1.0)

    def beat(self, times: int) -> None: ...
