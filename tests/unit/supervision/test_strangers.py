"""Tasks that a child has started in a nursery outside of it: they do not live in that child."""

from collections.abc import Awaitable, Callable
from contextvars import Context

import pytest
import trio
from trio.testing import MockClock

import trio_smith as smith
from trio_smith.supervision import SelfRequest, open_supervisor

from .stage import Crash, Tape, settle

Job = Callable[[], Awaitable[None]]


def handing_over(nursery: trio.Nursery, job: Job) -> Job:
    """Return a child that starts *job* in *nursery*, and lives on."""

    async def hands_over() -> None:
        nursery.start_soon(job)
        await trio.sleep_forever()

    return hands_over


async def test_a_stranger_may_wait_for_the_end_of_the_tree(autojump_clock: MockClock) -> None:
    """It inherits the context of the child that started it, but the child does not wait for it."""
    tape = Tape()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:

        async def stops() -> None:
            await trio.sleep(1.0)
            await supervisor.stop()
            tape.say(f"stopped at {trio.current_time():g}")

        await supervisor.start(handing_over(outside, stops), name="a")
    assert tape.lines == ["stopped at 1"]


async def test_a_stranger_may_wait_for_the_end_of_the_child_that_started_it(
    autojump_clock: MockClock,
) -> None:
    """As anybody may."""
    tape = Tape()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:

        async def stops() -> None:
            await trio.sleep(1.0)
            await supervisor.stop_child("a")
            tape.say("stopped")

        await supervisor.start(handing_over(outside, stops), name="a")
    assert tape.lines == ["stopped"]


async def test_a_tree_that_a_stranger_opens_is_its_own(autojump_clock: MockClock) -> None:
    """The one of the child may be over by then, and its timers with it."""
    starts: list[float] = []

    async def fails() -> None:
        starts.append(trio.current_time())
        if len(starts) < 3:
            raise Crash
        await trio.sleep_forever()

    async def opens() -> None:
        await trio.sleep(5.0)
        async with open_supervisor(backoff=smith.Backoff(initial=1.0, factor=1.0, jitter=0.0)) as own:
            assert own.path == ""
            await own.start(fails)
            await trio.sleep(10.0)
            await own.stop()

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        await supervisor.start(handing_over(outside, opens), name="a")
        await trio.sleep(1.0)
        await supervisor.stop()
    assert starts == [5.0, 6.0, 7.0]


async def test_a_stranger_has_no_stop_to_wait_for(autojump_clock: MockClock) -> None:
    """`stopping` is for those who live in the child: taking it opts in to a grace."""
    tape = Tape()

    async def asks() -> None:
        try:
            smith.stopping()
        except smith.NoActorContext:
            tape.say("nothing to stop")

    async with trio.open_nursery() as outside, open_supervisor() as supervisor:
        await supervisor.start(handing_over(outside, asks), name="a", grace=3600.0)
        await settle()
        await supervisor.stop()
    assert tape.lines == ["nothing to stop"]
    assert trio.current_time() == 0.0


def test_outside_of_trio_there_is_nothing_to_stop() -> None:
    """The same error as in a task that lives in no child."""
    with pytest.raises(smith.NoActorContext):
        smith.stopping()


async def test_whoever_works_in_the_nursery_of_another_child_lives_in_that_one(
    autojump_clock: MockClock,
) -> None:
    """Its end is that child's end: it may wait for the one that started it, and not for the other."""
    tape = Tape()
    lent: list[trio.Nursery] = []

    async with open_supervisor() as supervisor:

        async def lends() -> None:
            async with trio.open_nursery() as nursery:
                lent.append(nursery)
                await trio.sleep_forever()

        async def stops() -> None:
            with pytest.raises(SelfRequest) as caught:
                await supervisor.stop_child("lender")
            tape.say(str(caught.value.child))
            async with open_supervisor() as inner:
                tape.say(inner.path)
                await inner.stop()
            await supervisor.stop_child("a")
            tape.say("stopped a")
            await smith.stopping().wait()

        await supervisor.start(lends, name="lender")
        await settle()
        await supervisor.start(handing_over(lent[0], stops), name="a")
        await settle()
        await supervisor.stop()
    assert tape.lines == ["lender", "lender", "stopped a"]


async def test_whoever_lives_in_a_child_is_known_without_its_context(autojump_clock: MockClock) -> None:
    """A task in the child's own nursery that was started in an empty context would wait for itself too."""
    tape = Tape()

    async with open_supervisor() as supervisor:

        async def asks() -> None:
            with pytest.raises(SelfRequest):
                await supervisor.stop()
            tape.say("refused")

        async def begins() -> None:
            async with trio.open_nursery() as nursery:
                Context().run(nursery.start_soon, asks)

        await supervisor.start(begins)
    assert tape.lines == ["refused"]


async def test_a_later_of_an_actor_lives_in_it(autojump_clock: MockClock) -> None:
    """Its Trio task is beside that of the actor."""

    class Worker(smith.Actor[str]):
        @smith.on(str)
        def work(self, message: str) -> object:
            return smith.later(self.stop_all, message)

        async def stop_all(self, _message: str) -> None:
            with pytest.raises(SelfRequest):
                await supervisor.stop()
            tape.say("refused")

    tape = Tape()
    async with open_supervisor() as supervisor:
        ref = await supervisor.start(Worker)
        await ref.tell("go")
        await settle()
        await supervisor.stop()
    assert tape.lines == ["refused"]
