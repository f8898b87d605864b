"""What the next incarnation is told of the crash of the one before."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

import trio_smith as smith
from tests.unit.actor.stage import Echo, Puppet, fails, tree


class Reports(Puppet):
    """Writes down what it is told of its predecessor."""

    def on_restart(self, failure: smith.Failure) -> None:
        """Write it down."""
        self.seen.append(failure)


async def test_on_restart_sees_the_exception_and_the_message() -> None:
    """It runs on the new instance, before its lifespan."""
    order: list[object] = []

    class Actor(Puppet):
        async def on_restart(self, failure: smith.Failure) -> None:
            await trio.lowlevel.checkpoint()
            order.append((failure.exception, failure.message, failure.deliveries))

        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            order.append("lifespan")
            yield

    async with tree() as supervisor:
        ref = await supervisor.start(Actor)
        error = ValueError()
        message = fails(error)
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(message)
        await ref.ask(Echo())
    assert order == ["lifespan", (error, message, 1), "lifespan"]


async def test_on_restart_is_for_crashes_only() -> None:
    """Not for the first start, nor after Shutdown, nor after a stop by request or by a group."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Reports, seen, name="actor")
        with pytest.raises(smith.ActorStopped):
            await ref.ask(fails(smith.Shutdown()))
        await ref.ask(Echo(1))
        await supervisor.stop_child("actor")
        await supervisor.restart_child("actor")
        await ref.ask(Echo(2))
        desk = await supervisor.start_supervisor(
            name="desk",
            strategy=smith.Strategy.ONE_FOR_ALL,
            children=[smith.child(Reports, seen, name="a"), smith.child(Puppet, name="b")],
        )
        b = supervisor.system.find("desk/b", Puppet)
        with pytest.raises(smith.ActorCrashed):
            await b.ask(fails(ValueError()))
        a = supervisor.system.find("desk/a", Reports)
        await a.ask(Echo(3))
        assert desk.tree() is not None
    assert seen == [1, 2, 3]


async def test_a_crash_is_forgotten_when_the_actor_goes_down_for_good() -> None:
    """Started again by request, it begins afresh."""
    seen: list[Any] = []
    failures = {ValueError: smith.Decision.STOP}
    async with tree(failures=failures) as supervisor:
        ref = await supervisor.start(Reports, seen, name="actor")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.wait_stopped()
        await supervisor.restart_child("actor")
        await ref.ask(Echo("afresh"))
    assert seen == ["afresh"]


async def test_the_on_restart_of_a_retry_sees_the_original_crash() -> None:
    """Whatever failed in the start between: __init__, on_restart itself, or the lifespan."""
    seen: list[tuple[str, BaseException]] = []
    stumbles = iter(["init", "on_restart", "lifespan", "none"])
    stumble = "none"

    class Stumbles(Puppet):
        def __init__(self) -> None:
            nonlocal stumble
            if self.crashed:
                stumble = next(stumbles)
            if stumble == "init":
                raise OSError("init")
            super().__init__()

        crashed = False

        def on_restart(self, failure: smith.Failure) -> None:
            seen.append((stumble, failure.exception))
            if stumble == "on_restart":
                raise OSError("on_restart")

        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            if stumble == "lifespan":
                raise OSError("lifespan")
            yield

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Stumbles)
        Stumbles.crashed, error = True, ValueError("original")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(error))
        await ref.ask(Echo())
        assert [str(event.error) for event in events if isinstance(event, smith.ChildStartFailed)] == [
            "init",
            "on_restart",
            "lifespan",
        ]
    assert seen == [("on_restart", error), ("lifespan", error), ("none", error)]
