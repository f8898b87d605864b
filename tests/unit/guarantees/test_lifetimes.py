"""Lifetimes that the page of guarantees promises, seen from outside."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

import trio_smith as smith


@smith.message
class Note(smith.Request[str]):
    """Answered by the name of whoever has it."""

    seconds: float = 0.0


class Keeper(smith.Actor[Note]):
    """Writes down when it opens and closes."""

    def __init__(self, name: str, seen: list[str]) -> None:
        self.name, self.seen = name, seen

    @asynccontextmanager
    async def lifespan(self, _context: smith.Context) -> AsyncGenerator[None, None]:
        """Write it down."""
        self.seen.append(f"{self.name} opens at {trio.current_time():g}")
        yield
        self.seen.append(f"{self.name} closes at {trio.current_time():g}")

    @smith.on(Note)
    async def note(self, message: Note) -> str:
        """Take so long."""
        await trio.sleep(message.seconds)
        return self.name


async def test_actors_stop_one_after_the_other_each_when_the_one_behind_it_has_closed(
    autojump_clock: MockClock,
) -> None:
    """A message in hand holds up the actors before it, within the grace; they close in reverse order."""
    seen: list[str] = []
    async with smith.open_supervisor() as supervisor:
        refs = [await supervisor.start(Keeper, name, seen, name=name) for name in "abc"]
        for ref, seconds in zip(refs, (4.0, 3.0, 2.0), strict=True):
            ref.tell_nowait(Note(seconds))
        await wait_all_tasks_blocked()
        del seen[:]
        await supervisor.stop()
    assert seen == ["c closes at 2", "b closes at 3", "a closes at 4"]


async def test_the_time_that_a_stop_takes_is_at_most_the_sum_of_the_graces(autojump_clock: MockClock) -> None:
    """For children that can be cancelled: move_on_after(t) lasts t plus that, and no more."""

    async def soft() -> None:
        await smith.stopping().wait()
        await trio.sleep_forever()

    with trio.move_on_after(10.0) as scope:
        async with smith.open_supervisor() as supervisor:
            for grace in (1.0, 2.0, 4.0):
                await supervisor.start(soft, grace=grace)
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert trio.current_time() == 17.0


async def test_no_two_incarnations_of_a_child_live_at_once(autojump_clock: MockClock) -> None:
    """However long the old one takes to unwind: the new one begins when it has ended."""
    living = most = 0

    async def slow_to_go(left: list[int]) -> None:
        nonlocal living, most
        living += 1
        most = max(most, living)
        try:
            await trio.sleep(1.0)
            if left:
                left.pop()
                raise ValueError
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(30.0)
            living -= 1

    async with smith.open_supervisor() as supervisor:
        await supervisor.start(slow_to_go, [1, 1], name="slow")
        await trio.sleep(100.0)
        assert supervisor.child("slow").incarnation == 3
        await supervisor.stop_child("slow")
        await supervisor.restart_child("slow")
        await supervisor.stop()
    assert (living, most) == (0, 1)


async def test_one_message_at_a_time(autojump_clock: MockClock) -> None:
    """A handler that waits holds up the next message, of whatever sender."""
    order: list[str] = []

    class Slow(smith.Actor[Note]):
        @smith.on(Note)
        async def note(self, message: Note) -> str:
            order.append("begins")
            await trio.sleep(message.seconds)
            order.append("ends")
            return ""

    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Slow)
        async with trio.open_nursery() as nursery:
            for seconds in (1.0, 5.0, 0.0, 2.0):
                nursery.start_soon(ref.ask, Note(seconds))
        await supervisor.stop()
    assert order == ["begins", "ends"] * 4


async def test_what_an_actor_may_use_is_bounded_unless_it_says_otherwise() -> None:
    """The figures that the documentation names."""
    assert smith.Actor.mailbox_capacity == 1024
    assert smith.Actor.mailbox_overflow is smith.Overflow.WAIT
    assert smith.Actor.max_deliveries == 1
    assert smith.Actor.max_later == 16
    async with smith.open_supervisor() as supervisor:
        ref = await supervisor.start(Keeper, "a", [])
        ref.tell_nowait(Note(seconds=1.0))
        await wait_all_tasks_blocked()
        for _ in range(1024):
            ref.tell_nowait(Note())
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note())
        await supervisor.child(supervisor.children()[0]).stop()
        assert supervisor.system.dead_letters.total == 1024
