"""What an actor may ask of its surroundings."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Puppet, busy, fails, tree


async def test_in_the_constructor_there_is_none_yet() -> None:
    """The instance is not yet anybody."""

    class Early(Puppet):
        def __init__(self) -> None:
            super().__init__()
            self.seen.append(self.context)

    with pytest.raises(smith.NoActorContext) as alone:
        Early()
    assert alone.value.wanted == "actor context"
    async with tree() as supervisor:
        with pytest.raises(smith.StartFailed) as caught:
            await supervisor.start(Early)
        assert isinstance(caught.value.__cause__, smith.NoActorContext)


async def test_it_knows_who_and_where_it_is() -> None:
    """Path, ref, incarnation, delivery."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="actor")
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        context = await ref.ask(Do(lambda actor: actor.context))
        assert (context.path, context.ref, context.incarnation, context.delivery) == ("actor", ref, 2, 1)


async def test_a_context_ends_with_its_incarnation() -> None:
    """An old one must not start things in the name of the new."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        old = await ref.ask(Do(lambda actor: actor.context))
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo())
        uses: list[Any] = [
            lambda: old.after(1, print),
            lambda: old.every(1, print),
            lambda: old.monitor(ref),
            old.stop,
            lambda: old.supervisor,
        ]
        for use in uses:
            with pytest.raises(smith.NoActorContext):
                use()
        assert await ref.ask(Echo("unharmed")) == "unharmed"


async def test_its_log_says_who_speaks(caplog: pytest.LogCaptureFixture) -> None:
    """One logger for all actors; the path goes with the record."""
    caplog.set_level(logging.INFO, logger="trio_smith.actor")
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="speaker")
        await ref.ask(Do(lambda actor: actor.context.log.info("hello %s", "there")))
    (record,) = [record for record in caplog.records if record.name == "trio_smith.actor"]
    assert record.getMessage() == "hello there"
    assert record.__dict__["actor"] == "speaker"


async def test_its_supervisor_holds_children_of_the_incarnation() -> None:
    """They end with it and are found below it; the next incarnation begins without."""
    ended: list[str] = []

    async def child(name: str) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(name)

    async def start(actor: Puppet) -> smith.Ref[Any]:
        await actor.context.supervisor.start(child, "function", name="function")
        return await actor.context.supervisor.start(Puppet, name="inner")

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="outer")
        inner = await ref.ask(Do(start))
        assert inner.path == "outer/inner"
        assert await inner.ask(Echo("inner")) == "inner"
        assert supervisor.system.find("outer/inner") == inner
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(fails(ValueError()))
        await ref.ask(Echo())
        assert ended == ["function"]
        with pytest.raises(smith.ActorStopped):
            await inner.ask(Echo())
        again = await ref.ask(Do(start))
        assert again != inner
        await supervisor.stop_child("outer")
        assert ended == ["function", "function"]


async def test_its_supervisor_restarts_children_beside_the_handlers() -> None:
    """The actor itself is not touched."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="outer")

        async def start(actor: Puppet) -> smith.Ref[Any]:
            return await actor.context.supervisor.start(Puppet, name="inner")

        inner = await ref.ask(Do(start))
        with pytest.raises(smith.ActorCrashed):
            await inner.ask(fails(ValueError()))
        assert await inner.ask(Echo("again")) == "again"
        assert ref._cell.host.incarnation == 1


async def test_an_actor_crashes_when_its_supervisor_gives_up() -> None:
    """Its children are part of it."""
    failures: list[smith.Failure] = []

    class Outer(Puppet):
        def on_restart(self, failure: smith.Failure) -> None:
            failures.append(failure)

    async def broken() -> None:
        await trio.sleep(1)
        raise ValueError

    async def start(actor: Puppet) -> None:
        await actor.context.supervisor.start(broken)

    async with tree() as supervisor:
        ref = await supervisor.start(Outer)
        await ref.ask(Do(start))
        await trio.sleep(60)
        (failure,) = failures
        assert isinstance(failure.exception, smith.RestartIntensityExceeded)
        assert failure.message is None
        assert await ref.ask(Echo("again")) == "again"


async def test_a_killed_actor_does_not_wait_for_the_graces_of_its_children() -> None:
    """Its own grace is over: a hard stop reaches all below."""

    async def child() -> None:
        stopping = smith.stopping()
        await stopping.wait()
        await trio.sleep(100)

    async def start(actor: Puppet) -> None:
        await actor.context.supervisor.start_supervisor(
            name="deep", children=[smith.child(child, name="stubborn", grace=80.0)]
        )

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="outer", grace=3.0)
        await ref.ask(Do(start))
        await supervisor.stop_child("outer")
        assert trio.current_time() == 3


async def test_a_request_of_an_actor_to_its_own_supervisor_works_in_a_handler() -> None:
    """Only what could never be answered is refused."""

    async def restart(actor: Puppet) -> str:
        inner = await actor.context.supervisor.start(Puppet, name="inner")
        await actor.context.supervisor.stop_child("inner")
        with pytest.raises(smith.ActorStopped):
            await inner.ask(Echo())
        return "done"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask(Do(restart)) == "done"


async def test_an_actor_may_start_its_siblings() -> None:
    """The handle of its own supervisor is all it needs."""

    async def start(_: object) -> smith.Ref[Any]:
        return await supervisor.start(Puppet, name="sibling")

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        sibling = await ref.ask(Do(start))
        assert await sibling.ask(Echo("sibling")) == "sibling"


async def test_stopping_tells_a_long_handler_that_it_should_come_to_an_end() -> None:
    """As it tells a plain function."""

    async def work(_: object) -> str:
        with trio.move_on_after(100):
            await smith.stopping().wait()
            return "heard"
        return "deaf"

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor", grace=5.0)
        answers: list[str] = []

        async def ask() -> None:
            answers.append(await ref.ask(Do(work)))

        nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        await supervisor.stop_child("actor")
        assert trio.current_time() == 0
        await wait_all_tasks_blocked()
        assert answers == ["heard"]


async def test_the_children_of_an_actor_that_is_stopped_while_it_is_busy_end_after_the_message() -> None:
    """The handler may still use them."""
    order: list[str] = []

    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            order.append("child")

    async def start(actor: Puppet) -> None:
        await actor.context.supervisor.start(child)

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, name="actor")
        await ref.ask(Do(start))
        release = await busy(ref)
        nursery.start_soon(supervisor.stop_child, "actor")
        await trio.sleep(1)
        order.append("message")
        release.set()
    assert order == ["message", "child"]


async def test_a_supervisor_that_gives_up_beside_another_failure_is_reported() -> None:
    """One of them is the crash; what fails beside it is not lost."""

    async def broken() -> None:
        await trio.sleep(1)
        raise ValueError("child")

    async def start(actor: Puppet) -> None:
        await actor.context.supervisor.start(broken)

    async def fail(seconds: float) -> None:
        await trio.sleep(seconds)
        raise KeyError("later")

    async def long(_: object) -> None:
        await trio.sleep(50)
        raise OSError("handler")

    for by_later in (False, True):
        events: list[object] = []
        async with tree(observe=events.append) as supervisor:
            ref = await supervisor.start(Puppet, name="actor")
            await ref.ask(Do(start))
            if by_later:
                await ref.tell(Do(lambda _: smith.later(fail, 0.5)))
            with pytest.raises(smith.ActorCrashed):
                await ref.ask(Do(long))
            assert await ref.ask(Echo("again")) == "again"
            (ended,) = [
                event for event in events if isinstance(event, smith.ChildEnded) and event.path == ("actor",)
            ]
            assert isinstance(ended.reason, smith.Crashed)
            assert isinstance(ended.reason.exception, OSError)
            beside = [type(event.error) for event in events if isinstance(event, smith.StopRaised)]
            assert beside == [KeyError if by_later else smith.RestartIntensityExceeded]
