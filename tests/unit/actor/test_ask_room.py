"""To ask an actor whose mailbox is full."""

from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, begin, busy, letters, small, tree
from trio_smith import DeadLetterReason, Overflow


async def test_an_ask_waits_for_room_behind_those_who_wait() -> None:
    """It sleeps once, for room and for the answer."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        asked = [await begin(nursery, lambda n=n: ref.ask(Echo(n))) for n in range(5)]
        assert ref.statistics().senders_waiting == 4
        assert ref.statistics().depth == 1
        release.set()
        await wait_all_tasks_blocked()
        assert [one.value for one in asked] == list(range(5))


async def test_an_ask_that_waits_for_room_can_be_cancelled() -> None:
    """It never entered, so it counts as neither sent nor withdrawn."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), seen)
        release = await busy(ref)
        ref.tell_nowait(Note("first"))
        torn = await begin(nursery, lambda: ref.ask(Echo("torn")))
        kept = await begin(nursery, lambda: ref.ask(Echo("kept")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        assert torn.cancelled
        statistics = ref.statistics()
        assert (statistics.withdrawn, statistics.senders_waiting) == (0, 1)
        release.set()
        await wait_all_tasks_blocked()
        assert kept.value == "kept"
    assert seen == ["first", "kept"]


async def test_an_ask_that_waits_for_room_hears_of_the_end() -> None:
    """Room or not, nobody will answer."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1), name="puppet")
        await busy(ref)
        ref.tell_nowait(Note())
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)


async def test_an_ask_that_entered_from_the_queue_of_senders_can_be_withdrawn() -> None:
    """From there on it is an ask like any other."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1))
        release = await busy(ref)
        second = trio.Event()
        ref.tell_nowait(Do(lambda _: second.wait()))
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        release.set()
        await wait_all_tasks_blocked()
        assert ref.statistics().depth == 1
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert ref.statistics().withdrawn == 1
        assert ref.statistics().depth == 0
        second.set()


async def test_a_dropped_ask_fails_with_mailbox_full() -> None:
    """The oldest under drop-oldest, the new one under drop-newest; a dead letter both times."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        oldest = await supervisor.start(small(1, Overflow.DROP_OLDEST), name="oldest")
        newest = await supervisor.start(small(1, Overflow.DROP_NEWEST), name="newest")
        releases = [await busy(oldest), await busy(newest)]
        first = await begin(nursery, lambda: oldest.ask(Echo("first")))
        second = await begin(nursery, lambda: oldest.ask(Echo("second")))
        assert isinstance(first.error, smith.MailboxFull)
        third = await begin(nursery, lambda: newest.ask(Echo("third")))
        fourth = await begin(nursery, lambda: newest.ask(Echo("fourth")))
        assert isinstance(fourth.error, smith.MailboxFull)
        for release in releases:
            release.set()
        await wait_all_tasks_blocked()
        assert (second.value, third.value) == ("second", "third")
        assert letters(supervisor) == [
            (Echo("first"), DeadLetterReason.OVERFLOW),
            (Echo("fourth"), DeadLetterReason.OVERFLOW),
        ]


async def test_an_ask_that_is_cancelled_already_drops_nobody() -> None:
    """It would push out a message that somebody waits for, only to be withdrawn itself."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1, Overflow.DROP_OLDEST))
        release = await busy(ref)
        first = await begin(nursery, lambda: ref.ask(Echo("first")))
        with trio.CancelScope() as scope:
            scope.cancel()
            await ref.ask(Echo("second"))
        assert scope.cancelled_caught
        release.set()
        await wait_all_tasks_blocked()
        assert first.value == "first"
        assert letters(supervisor) == []
