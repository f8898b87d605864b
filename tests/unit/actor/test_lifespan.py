"""What an incarnation holds open, in its own task."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Holds, Puppet, Tearable, Torn, begin, fails, minute, tree


async def test_it_is_entered_before_the_actor_is_ready_and_left_after_the_last_message() -> None:
    """What it opens is there for every message."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Holds, seen, name="actor")
        assert seen == ["enters"]
        await ref.ask(Echo("message"))
        await supervisor.stop_child("actor")
    assert seen == ["enters", "message", "ends"]


async def test_the_start_waits_until_it_has_been_entered() -> None:
    """Ready means ready."""

    class Slow(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            await trio.sleep(3)
            yield

    async with tree() as supervisor:
        ref = await supervisor.start(Slow)
        assert trio.current_time() == 3
        assert ref.lifecycle.value is smith.Lifecycle.RUNNING


async def test_it_runs_in_the_task_of_the_actor() -> None:
    """Cancel scopes and nurseries opened there are those of the handlers."""

    class Nursery(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            self.task = trio.lowlevel.current_task()
            async with trio.open_nursery() as self.nursery:
                yield
                self.nursery.cancel_scope.cancel()

    async def background(actor: Any) -> None:
        while True:
            await trio.sleep(1)
            actor.seen.append("tick")

    def start(actor: Any) -> bool:
        actor.nursery.start_soon(background, actor)
        return actor.task is trio.lowlevel.current_task()

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Nursery, seen, name="actor")
        assert await ref.ask(Do(start)) is True
        await trio.sleep(2.5)
        await supervisor.stop_child("actor")
    assert seen == ["tick", "tick"]


async def test_a_failure_of_its_background_tasks_is_a_crash() -> None:
    """The nursery cancels the actor's task, and the lifespan raises what failed."""

    class Nursery(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            async with trio.open_nursery() as self.nursery:
                yield

    async def background() -> None:
        await trio.sleep(1)
        raise ValueError("background")

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Nursery, name="actor", grace=2.0)
        await ref.ask(Do(lambda actor: actor.nursery.start_soon(background)))
        await trio.sleep(2)
        assert await ref.ask(Echo("again")) == "again"
        (ended,) = [event for event in events if isinstance(event, smith.ChildEnded)]
        assert isinstance(ended.reason, smith.Crashed)
        assert "background" in str([*smith.exits.leaves(ended.reason.exception)])


async def test_raising_on_entering_is_a_failed_start() -> None:
    """The cause is the real one."""

    class Broken(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            raise OSError("enter")
            yield

    async with tree() as supervisor:
        with pytest.raises(smith.StartFailed) as caught:
            await supervisor.start(Broken)
        assert str(caught.value.__cause__) == "enter"


@pytest.mark.parametrize("kind", ["never yields", "sync"])
async def test_a_lifespan_that_is_none_is_a_failed_start(kind: str) -> None:
    """Slips that only show when it runs."""

    class Never(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            if context is None:
                yield

    class Sync(Puppet):
        @contextlib.contextmanager
        def lifespan(self, context: smith.Context) -> Any:
            yield

    async with tree() as supervisor:
        with pytest.raises(smith.StartFailed):
            await supervisor.start(Never if kind == "never yields" else Sync)


async def test_cancellable_handlers_are_served_inside_of_it() -> None:
    """Both at once."""
    seen: list[object] = []

    class Both(Tearable):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            self.seen.append("enters")
            yield
            self.seen.append("ends")

    async with tree() as supervisor:
        ref = await supervisor.start(Both, seen, name="actor")
        with trio.move_on_after(1):
            await ref.ask(Torn(lambda _: minute()))
        assert await ref.ask(Echo("next")) == "next"
        await supervisor.stop_child("actor")
    assert seen == ["enters", "next", "ends"]


async def test_it_may_open_what_its_name_says_by_the_context() -> None:
    """It is given the context; the same as self.context."""

    class Looks(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            self.seen.append((context.path, context.incarnation, context.ref == self.context.ref))
            yield

    seen: list[object] = []
    async with tree() as supervisor:
        await supervisor.start(Looks, seen, name="looks")
    assert seen == [("looks", 1, True)]


async def test_messages_wait_while_it_is_entered() -> None:
    """The mailbox of a restarting actor is open."""

    class Slow(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            await trio.sleep(3)
            yield

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Slow)
        await ref.tell(fails(ValueError()))
        asked = await begin(nursery, lambda: ref.ask(Echo("waits")))
        assert ref.lifecycle.value is smith.Lifecycle.STARTING
        await trio.sleep(4)
        assert (asked.value, asked.at) == ("waits", 6)


async def test_a_stop_while_it_is_entered_cancels_the_start() -> None:
    """Nothing is left open."""
    entered = trio.Event()

    class Hangs(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            try:
                entered.set()
                await trio.sleep_forever()
            finally:
                self.seen.append("undone")
            yield

    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        started = await begin(nursery, lambda: supervisor.start(Hangs, seen))
        await entered.wait()
        nursery.start_soon(supervisor.stop)
        await trio.sleep(10)
    assert seen == ["undone"]
    assert isinstance(started.error, smith.StartFailed | smith.SupervisorStopped) or started.error is None


async def test_it_may_be_any_async_context_manager() -> None:
    """Also one that raises again by itself what it was given."""

    class Manager:
        async def __aenter__(self) -> None:
            seen.append("enters")

        async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
            seen.append("ends")
            if error is not None:
                raise error

    class Managed(Puppet):
        def lifespan(self, context: smith.Context) -> Any:
            return Manager()

    seen: list[object] = []
    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Managed)
        error = ValueError()
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(error))
        await ref.ask(Echo())
        assert not [event for event in events if isinstance(event, smith.StopRaised)]
    assert seen == ["enters", "ends", "enters", "ends"]


async def test_it_may_hand_on_to_that_of_its_base() -> None:
    """Cooperation, also with the default."""

    class Outer(Puppet):
        @asynccontextmanager
        async def lifespan(self, context: smith.Context) -> AsyncGenerator[None, None]:
            async with super().lifespan(context):
                self.seen.append("inside")
                yield

    seen: list[object] = []
    async with tree() as supervisor:
        await supervisor.start(Outer, seen)
    assert seen == ["inside"]
