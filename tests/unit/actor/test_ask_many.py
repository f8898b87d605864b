"""To ask many times at once: one wake-up, answers in order, failures as one group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import (
    Do,
    Echo,
    Note,
    Puppet,
    Tearable,
    Torn,
    begin,
    busy,
    fails,
    letters,
    sleeps,
    small,
    tree,
)
from trio_smith import DeadLetterReason, Overflow


async def test_the_answers_come_in_the_order_of_the_messages() -> None:
    """Also of those that are answered out of order, by `later`."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        assert await ref.ask_many([Echo(n) for n in range(100)]) == list(range(100))

        async def slow(number: int) -> int:
            await trio.sleep(5 - number)
            return number

        messages = [Do(lambda _, n=n: smith.later(slow, n)) for n in range(5)]
        assert await ref.ask_many(messages) == list(range(5))
        assert trio.current_time() == 5


async def test_no_message_is_no_answer_and_a_checkpoint() -> None:
    """A loop over empty batches must not starve others."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with assert_checkpoints():
            assert await ref.ask_many([]) == []
        with assert_checkpoints():
            await ref.ask_many([Echo()])


async def test_any_iterable_will_do_and_is_read_first() -> None:
    """One that raises in the middle has sent nothing."""

    def broken() -> Iterator[Echo]:
        yield Echo(1)
        raise RuntimeError("broken")

    seen: list[object] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, seen)
        assert await ref.ask_many(Echo(n) for n in range(3)) == [0, 1, 2]
        with pytest.raises(RuntimeError, match="broken"):
            await ref.ask_many(broken())
        await wait_all_tasks_blocked()
    assert seen == [0, 1, 2]


async def test_the_asker_is_woken_once() -> None:
    """That is what it is for."""

    class Steps(trio.abc.Instrument):
        count = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.count += task is me

    me, steps = trio.lowlevel.current_task(), Steps()
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        trio.lowlevel.add_instrument(steps)
        await ref.ask_many([Echo(n) for n in range(500)])
        trio.lowlevel.remove_instrument(steps)
    assert steps.count == 1


async def test_it_waits_for_room_between_the_messages() -> None:
    """A batch may be larger than the mailbox; the order holds."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(3), seen)
        release = await busy(ref)
        asked = await begin(nursery, lambda: ref.ask_many([Echo(n) for n in range(20)]))
        statistics = ref.statistics()
        assert (statistics.depth, statistics.senders_waiting) == (3, 1)
        release.set()
        await wait_all_tasks_blocked()
        assert asked.value == list(range(20))
        assert ref.statistics().peak <= 3
    assert seen == list(range(20))


async def test_failures_come_as_one_group_in_the_order_of_the_messages() -> None:
    """Only when all is settled."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        first, second = ValueError("first"), KeyError("second")
        with pytest.raises(ExceptionGroup, match="2 of 4 asks failed") as caught:
            await ref.ask_many([fails(first), Echo(1), fails(second), sleeps(3)])
        assert [error.__cause__ for error in caught.value.exceptions] == [first, second]
        assert trio.current_time() == 3


async def test_outcomes_are_values_and_errors_mixed() -> None:
    """For whoever wants to look at each."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        error = ValueError()
        outcomes = await ref.ask_many([Echo(1), fails(error), Echo(3)], outcomes=True)
        assert (outcomes[0], outcomes[2]) == (1, 3)
        assert isinstance(outcomes[1], smith.ActorCrashed)
        assert outcomes[1].__cause__ is error
        assert await ref.ask_many([], outcomes=True) == []


async def test_under_the_policy_to_refuse_those_without_room_fail() -> None:
    """The others are answered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2, Overflow.REFUSE))
        release = await busy(ref)
        asked = await begin(nursery, lambda: ref.ask_many([Echo(n) for n in range(4)], outcomes=True))
        release.set()
        await wait_all_tasks_blocked()
        assert asked.value[:2] == [0, 1]
        assert [type(one) for one in asked.value[2:]] == [smith.MailboxFull] * 2


async def test_all_may_be_refused_at_once() -> None:
    """Then there is nothing to wait for, but a checkpoint it is."""
    async with tree() as supervisor:
        ref = await supervisor.start(small(1, Overflow.REFUSE))
        release = await busy(ref)
        ref.tell_nowait(Note())
        with assert_checkpoints():
            outcomes = await ref.ask_many([Echo(), Echo()], outcomes=True)
        assert [type(one) for one in outcomes] == [smith.MailboxFull] * 2
        release.set()


async def test_messages_of_a_batch_may_be_dropped() -> None:
    """Each fails by itself, the batch goes on."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        oldest = await supervisor.start(small(2, Overflow.DROP_OLDEST))
        newest = await supervisor.start(small(2, Overflow.DROP_NEWEST))
        releases = [await busy(oldest), await busy(newest)]
        asked = [
            await begin(nursery, lambda r=ref: r.ask_many([Echo(n) for n in range(4)], outcomes=True))
            for ref in (oldest, newest)
        ]
        for release in releases:
            release.set()
        await wait_all_tasks_blocked()
        assert [type(one) for one in asked[0].value] == [smith.MailboxFull, smith.MailboxFull, int, int]
        assert [type(one) for one in asked[1].value] == [int, int, smith.MailboxFull, smith.MailboxFull]
        assert [reason for _, reason in letters(supervisor)] == [DeadLetterReason.OVERFLOW] * 4


async def test_cancelling_withdraws_all_that_were_not_begun() -> None:
    """The one in hand finishes; those that wait for room never enter and count as nothing."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(3), seen)
        messages: list[Any] = [sleeps(5), *(Echo(n) for n in range(10))]
        asked = await begin(nursery, lambda: ref.ask_many(messages))
        await trio.sleep(1)
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        statistics = ref.statistics()
        assert (statistics.depth, statistics.withdrawn, statistics.senders_waiting) == (0, 2, 0)
        assert statistics.sent == 3
        await ref.ask(Echo("next"))
        assert trio.current_time() == 5
    assert seen == ["next"]


async def test_cancelling_before_it_begins_sends_nothing_that_is_handled() -> None:
    """A scope that is cancelled already."""
    seen: list[object] = []
    async with tree() as supervisor:
        for capacity in (2, 100):
            ref = await supervisor.start(small(capacity), seen)
            release = await busy(ref)
            with trio.CancelScope() as scope:
                scope.cancel()
                await ref.ask_many([Echo(n) for n in range(5)])
            assert scope.cancelled_caught
            assert ref.statistics().depth == 0
            release.set()
            await wait_all_tasks_blocked()
    assert seen == []


async def test_a_batch_that_is_cancelled_already_drops_nobody() -> None:
    """It would push out a message that somebody waits for, only to be withdrawn itself."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(1, smith.Overflow.DROP_OLDEST))
        release = await busy(ref)
        first = await begin(nursery, lambda: ref.ask(Echo("first")))
        with trio.CancelScope() as scope:
            scope.cancel()
            await ref.ask_many([Echo("second"), Echo("third")])
        assert scope.cancelled_caught
        release.set()
        await wait_all_tasks_blocked()
        assert first.value == "first"


async def test_cancelling_lets_other_senders_in() -> None:
    """The room of the withdrawn ones is theirs, and not that of the rest of the batch."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), seen)
        release = await busy(ref)
        asked = await begin(nursery, lambda: ref.ask_many([Echo(n) for n in range(5)]))
        told = await begin(nursery, lambda: ref.tell(Note("other")))
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert told.done
        assert ref.statistics().depth == 1
        release.set()
        await wait_all_tasks_blocked()
    assert seen == ["other"]


async def test_cancelling_waits_for_the_cancellable_handler_that_has_one_in_hand() -> None:
    """And only for that one; with those behind it nothing happens any more."""
    seen: list[object] = []

    async def work(actor: Tearable) -> None:
        try:
            await trio.sleep(50)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            actor.seen.append("unwound")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, seen)
        asked = await begin(nursery, lambda: ref.ask_many([Torn(work), Torn(work), Echo("never")]))
        await trio.sleep(1)
        asked.scope.cancel()
        await trio.sleep(0.5)
        assert not asked.done
        await trio.sleep(5)
        assert asked.cancelled
        assert asked.at == 3
        assert await ref.ask(Echo("next")) == "next"
    assert seen == ["unwound", "next"]


async def test_a_stop_fails_what_is_left_also_what_waited_for_room() -> None:
    """The first was in hand and is answered."""
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(small(2), name="puppet")
        messages: list[Any] = [sleeps(2, "done"), *(Echo(n) for n in range(5))]
        asked = await begin(nursery, lambda: ref.ask_many(messages, outcomes=True))
        await supervisor.stop_child("puppet")
        await wait_all_tasks_blocked()
        assert asked.value[0] == "done"
        assert [type(one) for one in asked.value[1:]] == [smith.ActorStopped] * 5


async def test_to_an_actor_that_has_stopped_every_message_fails() -> None:
    """Alike, whatever their number."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet, name="puppet")
        await supervisor.stop_child("puppet")
        with pytest.raises(ExceptionGroup) as caught:
            await ref.ask_many([Echo(), Echo()])
        assert [type(error) for error in caught.value.exceptions] == [smith.ActorStopped] * 2


async def test_a_crash_in_the_middle_fails_one_message_only() -> None:
    """The others wait in the mailbox for the next incarnation."""
    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        outcomes = await ref.ask_many([Echo(1), fails(ValueError()), Echo(3)], outcomes=True)
        assert (outcomes[0], outcomes[2]) == (1, 3)
        assert isinstance(outcomes[1], smith.ActorCrashed)


async def test_a_batch_of_messages_that_an_actor_sends_itself_is_a_cycle() -> None:
    """Before anything is enqueued."""

    async def ask_myself(actor: Puppet) -> None:
        await actor.context.ref.ask_many([Echo(), Echo()])

    async with tree() as supervisor:
        ref = await supervisor.start(Puppet)
        with pytest.raises(smith.ActorCrashed) as caught:
            await ref.ask(Do(ask_myself))
        assert isinstance(caught.value.__cause__, smith.AskCycle)
        assert ref.statistics().sent == 1


async def test_cancelling_keeps_nothing_of_those_that_were_answered_already() -> None:
    """Answered, in hand, waiting: each is left in its own way."""
    seen: list[object] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Puppet, seen)
        messages: list[Any] = [Echo(1), fails(ValueError()), sleeps(5), Echo("never")]
        asked = await begin(nursery, lambda: ref.ask_many(messages))
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert ref.statistics().withdrawn == 1
        await ref.ask(Echo("next"))
    assert seen == [1, "next"]
