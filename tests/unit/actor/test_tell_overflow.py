"""What each policy does with a message for which there is no room."""

from __future__ import annotations

import pytest
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Echo, Note, busy, letters, small, tree
from trio_smith import DeadLetterReason, Overflow


async def test_the_policy_to_refuse_refuses_also_who_could_wait() -> None:
    """Tell and ask alike; waiting is not what its author wanted."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(1, Overflow.REFUSE))
        release = await busy(ref)
        await ref.tell(Note("fits"))
        with pytest.raises(smith.MailboxFull):
            ref.tell_nowait(Note())
        with pytest.raises(smith.MailboxFull):
            await ref.tell(Note())
        with pytest.raises(smith.MailboxFull):
            await ref.ask(Echo())
        assert letters(supervisor) == []
        assert ref.statistics().sent == 2  # the one in hand too
        release.set()


async def test_the_policy_to_drop_the_oldest_makes_a_dead_letter_of_it() -> None:
    """The newest news count; what was dropped can be seen."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(small(2, Overflow.DROP_OLDEST), seen)
        release = await busy(ref)
        for number in range(3):
            ref.tell_nowait(Note(number))
        await ref.tell(Note(3))
        assert ref.statistics().depth == 2
        assert letters(supervisor) == [
            (Note(0), DeadLetterReason.OVERFLOW),
            (Note(1), DeadLetterReason.OVERFLOW),
        ]
        release.set()
        await wait_all_tasks_blocked()
    assert seen == [2, 3]


async def test_the_policy_to_drop_the_newest_tells_the_teller_nothing() -> None:
    """A dead letter, not an error: the sender of a tell does not care."""
    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(small(2, Overflow.DROP_NEWEST), seen)
        release = await busy(ref)
        for number in range(3):
            ref.tell_nowait(Note(number))
        await ref.tell(Note(3))
        assert letters(supervisor) == [
            (Note(2), DeadLetterReason.OVERFLOW),
            (Note(3), DeadLetterReason.OVERFLOW),
        ]
        assert supervisor.system.dead_letters.snapshot()[0].deliveries == 0
        release.set()
        await wait_all_tasks_blocked()
    assert seen == [0, 1]


async def test_the_bound_holds_also_when_a_dropped_message_makes_somebody_send() -> None:
    """One who listens to dead letters may send to the same mailbox from there."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(2, Overflow.DROP_OLDEST))
        release = await busy(ref)
        hops = 0

        def resend(letter: smith.DeadLetter) -> None:
            nonlocal hops
            hops += 1
            if hops < 10:
                ref.tell_nowait(Note("again"))
            assert ref.statistics().depth <= 2

        supervisor.system.dead_letters.subscribe(resend)
        for number in range(20):
            ref.tell_nowait(Note(number))
            assert ref.statistics().depth == min(2, number + 1)
        assert hops > 10
        assert ref.statistics().peak == 2
        release.set()
