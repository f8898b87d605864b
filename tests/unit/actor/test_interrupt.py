"""Ctrl-C may interrupt what is the user's, and never our bookkeeping."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from trio.lowlevel import currently_ki_protected

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Torn, fails, tree


class Looks(smith.Actor[Note | Echo | Torn | Do]):
    """Writes down for each of its methods whether Ctrl-C could hit it."""

    seen: dict[str, bool]

    def __init__(self, seen: dict[str, bool]) -> None:
        self.seen = seen
        self.look("__init__")

    def look(self, where: str) -> None:
        """Write it down."""
        self.seen[where] = currently_ki_protected()

    @asynccontextmanager
    async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
        """Look before and after."""
        self.look("lifespan enter")
        yield
        self.look("lifespan exit")

    async def on_restart(self, failure: smith.Failure) -> None:
        """Look."""
        self.look("on_restart")

    def on_down(self, down: smith.Down) -> None:
        """Look."""
        self.look("on_down")

    @smith.on(Note)
    def note(self, message: Note) -> None:
        """Look."""
        self.look("sync handler")

    @smith.on(Echo)
    async def echo(self, message: Echo) -> object:
        """Look before and after a checkpoint."""
        self.look("async handler")
        await trio.lowlevel.checkpoint()
        self.look("async handler, resumed")
        return None

    @smith.on(Torn, cancellable=True)
    async def torn(self, message: Torn) -> object:
        """Look."""
        self.look("cancellable handler")
        return smith.later(self.later)

    async def later(self) -> None:
        """Look."""
        self.look("later")

    @smith.on(Do)
    def do(self, message: Do) -> Any:
        """Do it."""
        return message.work(self)

    def beat(self) -> None:
        """Look."""
        self.look("timer")


class Overrides(Looks):
    """Overrides a handler without another mark."""

    def note(self, message: Note) -> None:
        """Look."""
        self.look("overridden handler")


async def test_everything_of_the_users_can_be_interrupted() -> None:
    """An endless loop in any of it must not need SIGKILL."""
    seen: dict[str, bool] = {}
    async with tree() as supervisor:
        other = await supervisor.start(Overrides, seen, name="other")
        ref = await supervisor.start(Looks, seen, name="actor")
        for message in (Note(), Echo(), Torn(None)):
            await ref.tell(message)
            await other.tell(message)
        await ref.ask(Do(lambda actor: actor.context.after(0, actor.beat) and None))
        await ref.ask(Do(lambda actor: actor.context.monitor(other) and None))
        await supervisor.stop_child("other")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await trio.sleep(1)
    assert set(seen) == {
        "__init__",
        "async handler",
        "async handler, resumed",
        "cancellable handler",
        "later",
        "lifespan enter",
        "lifespan exit",
        "on_down",
        "on_restart",
        "overridden handler",
        "sync handler",
        "timer",
    }
    assert not any(seen.values()), seen


async def test_a_body_of_its_own_can_be_interrupted() -> None:
    """In the loop and between."""
    seen: list[bool] = []

    class Body(smith.Actor[Note]):
        async def run(self, inbox: smith.Inbox[Note]) -> None:
            seen.append(currently_ki_protected())
            async for _ in inbox:
                seen.append(currently_ki_protected())  # noqa: PERF401 - one at a time

    async with tree() as supervisor:
        ref = await supervisor.start(Body)
        await ref.tell(Note())
        await trio.sleep(1)
    assert seen == [False, False]


async def test_a_factory_can_be_interrupted() -> None:
    """It is the user's as well."""
    seen: dict[str, bool] = {}
    factory: list[bool] = []

    def make() -> Looks:
        factory.append(currently_ki_protected())
        return Looks(seen)

    async with tree() as supervisor:
        await supervisor.start(make, name="made")
    assert factory == [False]
    assert seen["__init__"] is False
