"""Askers that leave: what they asked is withdrawn, or finished without them."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Declared, Do, Echo, Note, Puppet, begin, busy, letters, small, tree
from trio_smith import DeadLetterReason, Overflow


async def test_a_message_whose_asker_left_before_it_began_is_withdrawn() -> None:
    """By a cancel, by a deadline, and by a scope that was cancelled already."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        torn = await begin(nursery, lambda: ref.ask(Echo("cancelled")))
        torn.scope.cancel()
        with trio.move_on_after(1) as late:
            await ref.ask(Echo("deadline"))
        with trio.CancelScope() as spent:
            spent.cancel()
            await ref.ask(Echo("spent"))
        assert torn.cancelled
        assert late.cancelled_caught
        assert spent.cancelled_caught
        assert ref.statistics().withdrawn == 3
        release.set()
        await ref.ask(Echo("wanted"))
        assert letters(supervisor) == []
    assert seen == ["wanted"]


async def test_a_deadline_that_passes_while_the_actor_works_off_its_mailbox_is_noticed() -> None:
    """A local deadline is noticed at most one batch of 64 late, also by an actor that never rests."""

    async def give_up() -> None:
        await trio.lowlevel.checkpoint()
        asked.scope.cancel()

    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        release = await busy(ref)
        for number in range(1000):
            ref.tell_nowait(Note(number))
        asked = await begin(nursery, lambda: ref.ask(Echo("too late")))
        nursery.start_soon(give_up)
        release.set()
        await wait_all_tasks_blocked()
        assert asked.cancelled
    assert seen == list(range(1000))


async def test_a_begun_handler_finishes_although_its_asker_has_left() -> None:
    """A handler torn in the middle tears state that others share; the answer is dropped."""
    seen: list[object] = []

    async def work(actor: Puppet) -> str:
        await trio.sleep(5)
        actor.seen.append("finished")
        return "dropped"

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        with trio.move_on_after(1) as scope:
            await ref.ask(Do(work))
        assert scope.cancelled_caught
        assert trio.current_time() == 1
        assert await ref.ask(Echo("next")) == "next"
        assert trio.current_time() == 5
        assert letters(supervisor) == []
    assert seen == ["finished", "next"]


async def test_a_declared_error_whose_asker_has_left_becomes_an_event() -> None:
    """As one of a request that was told."""

    @smith.message(raises=(Declared,))
    class Slow(smith.Request[None]):
        pass

    class Actor(smith.Actor[Slow]):
        @smith.on(Slow)
        async def slow(self, message: Slow) -> None:
            await trio.sleep(5)
            raise Declared

    events: list[object] = []
    async with tree(observe=events.append) as supervisor:
        ref = await supervisor.start(Actor)
        with trio.move_on_after(1):
            await ref.ask(Slow())
        await trio.sleep(10)
        assert [type(event) for event in events].count(smith.AnswerDropped) == 1
        assert ref.lifecycle.value is smith.Lifecycle.RUNNING


async def test_a_crash_whose_asker_has_left_still_leaves_a_dead_letter() -> None:
    """Such a message may be what kills the actor every time, and its askers always give up before."""

    async def work(actor: Puppet) -> None:
        await trio.sleep(5)
        raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        message = Do(work)
        with trio.move_on_after(1):
            await ref.ask(message)
        await trio.sleep(10)
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]


async def test_withdrawn_asks_do_not_occupy_the_bound() -> None:
    """Room is there at once, for tell_nowait and for senders that wait."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        release = await busy(ref)
        torn = [await begin(nursery, lambda n=n: ref.ask(Echo(("torn", n)))) for n in range(2)]
        told = await begin(nursery, lambda: ref.tell(Note("waited")))
        assert not told.done
        torn[0].scope.cancel()
        await wait_all_tasks_blocked()
        assert told.done
        torn[1].scope.cancel()
        await wait_all_tasks_blocked()
        ref.tell_nowait(Note("at once"))
        statistics = ref.statistics()
        assert (statistics.depth, statistics.withdrawn, statistics.peak) == (2, 2, 2)
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note())
        release.set()
        await wait_all_tasks_blocked()
    assert seen == ["waited", "at once"]


async def test_under_drop_oldest_withdrawn_asks_are_not_what_is_dropped() -> None:
    """They are skipped: what is dropped is the oldest message that somebody wants handled."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2, Overflow.DROP_OLDEST), seen)
        release = await busy(ref)
        torn = await begin(nursery, lambda: ref.ask(Echo("torn")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        for number in range(3):
            ref.tell_nowait(Note(number))
        assert letters(supervisor) == [(Note(0), DeadLetterReason.OVERFLOW)]
        assert ref.statistics().depth == 2
        release.set()
        await wait_all_tasks_blocked()
    assert seen == [1, 2]


async def test_askers_that_keep_giving_up_on_an_actor_that_hangs_do_not_fill_the_memory() -> None:
    """Withdrawn asks are swept out of the queue in time."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(8))
        release = await busy(ref)
        ref.tell_nowait(Note())
        for _ in range(1000):
            with trio.CancelScope() as scope:
                scope.cancel()
                await ref.ask(Echo())
        assert ref.statistics().withdrawn == 1000
        assert ref.statistics().depth == 1
        assert len(ref._cell.queue) <= 1 + 64 + 1
        release.set()
        await ref.ask(Echo())


async def test_the_peak_counts_asks_that_were_withdrawn_later() -> None:
    """They did wait."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet)
        release = await busy(ref)
        asked = [await begin(nursery, lambda: ref.ask(Echo())) for _ in range(5)]
        for one in asked:
            one.scope.cancel()
        await wait_all_tasks_blocked()
        assert ref.statistics().depth == 0
        assert ref.statistics().peak == 5
        release.set()
