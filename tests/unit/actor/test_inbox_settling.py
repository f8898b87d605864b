"""Each message that a body has taken is answered, acknowledged or given up, once."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.body import Body
from tests.unit.actor.stage import Declared, Echo, Note, begin, letters, tree
from trio_smith import DeadLetterReason


async def test_a_request_that_is_passed_over_fails_with_no_answer() -> None:
    """Its asker must not wait for ever for what will not come."""

    class Silent(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                self.seen.append(message)

    async with tree() as supervisor:
        ref = await supervisor.start(Silent, name="silent")
        with pytest.raises(ExceptionGroup) as caught:
            await ref.ask_many([Echo(1), Echo(2)])
        assert [type(error) for error in caught.value.exceptions] == [smith.NoAnswer] * 2
        assert caught.value.exceptions[0].actor == "silent"


async def test_the_last_request_before_a_stop_may_be_answered_after_the_loop() -> None:
    """In hand is in hand."""

    class Slow(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for _ in inbox:
                await trio.sleep(2)
                inbox.answer("late")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Slow, name="slow")
        asked = await begin(nursery, lambda: ref.ask(Echo()))
        waiting = await begin(nursery, lambda: ref.ask(Echo()))
        await supervisor.stop_child("slow")
        await wait_all_tasks_blocked()
        assert asked.value == "late"
        assert isinstance(waiting.error, smith.ActorStopped)


async def test_a_request_left_in_hand_at_the_end_is_settled() -> None:
    """Stopped in the middle, returned, or crashed: its asker hears."""

    class Ends(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                if message.text == "return":
                    return
                if message.text == "raise":
                    raise ValueError
                await trio.sleep_forever()

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Ends, name="ends", grace=1.0)
        with pytest.raises(smith.ActorStopped):
            await ref.ask(Echo("return"))
        with pytest.raises(smith.ActorCrashed):
            await ref.ask(Echo("raise"))
        asked = await begin(nursery, lambda: ref.ask(Echo("hang")))
        await supervisor.stop_child("ends")
        await wait_all_tasks_blocked()
        assert isinstance(asked.error, smith.ActorStopped)
        assert letters(supervisor) == [
            (Echo("raise"), DeadLetterReason.CRASHED),
            (Echo("hang"), DeadLetterReason.STOPPED),
        ]


async def test_to_answer_twice_is_to_answer_once() -> None:
    """The first answer counts; also beside others in one batch."""

    class Twice(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                inbox.answer(message.text)
                inbox.answer("again")
                inbox.fail(Declared())

    async with tree() as supervisor:
        ref = await supervisor.start(Twice)
        assert await ref.ask(Echo(1)) == 1
        assert await ref.ask_many([Echo(n) for n in range(5)]) == list(range(5))


async def test_an_answered_message_over_which_the_body_crashes_stays_answered() -> None:
    """Its asker has its answer, whatever comes; and it is not delivered again."""

    class Crashes(Body):
        max_deliveries = 3

        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                self.seen.append(message)
                inbox.answer(message.text)
                if message.text == "crash":
                    raise ValueError

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Crashes, seen)
        assert await ref.ask(Echo("crash")) == "crash"
        assert await ref.ask_many([Echo("crash"), Echo("next")]) == ["crash", "next"]
    assert seen == [Echo("crash"), Echo("crash"), Echo("next")]


async def test_an_acknowledged_message_does_not_concern_a_crash() -> None:
    """What was done is done."""

    class Acknowledges(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                if message.text == "acknowledged":
                    inbox.acknowledge()
                raise ValueError

    async with tree() as supervisor:
        ref = await supervisor.start(Acknowledges)
        await ref.tell(Note("acknowledged"))
        await wait_all_tasks_blocked()
        assert letters(supervisor) == []
        await ref.tell(Note("in hand"))
        await wait_all_tasks_blocked()
        assert letters(supervisor) == [(Note("in hand"), DeadLetterReason.CRASHED)]


async def test_to_acknowledge_without_a_message_is_harmless() -> None:
    """Nor is there anything to answer then."""

    class Early(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            inbox.acknowledge()
            inbox.answer("nobody")
            inbox.fail(Declared())
            await super().run(inbox)

    async with tree() as supervisor:
        ref = await supervisor.start(Early)
        assert await ref.ask(Echo("fine")) == "fine"


async def test_a_message_that_was_not_acknowledged_is_delivered_again() -> None:
    """Before all others, with its count."""

    class Twice(Body):
        max_deliveries = 2

        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                self.seen.append((message, self.context.delivery))
                if message == Note("fails") or (message == Note("once") and self.context.delivery == 1):
                    raise ValueError

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Twice, seen)
        for text in ("once", "fails", "next"):
            ref.tell_nowait(Note(text))
        await wait_all_tasks_blocked()
        assert letters(supervisor) == [(Note("fails"), DeadLetterReason.POISON)]
    assert seen == [
        (Note("once"), 1),
        (Note("once"), 2),
        (Note("fails"), 1),
        (Note("fails"), 2),
        (Note("next"), 1),
    ]
