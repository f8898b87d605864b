"""Actors with a body of their own."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import assert_checkpoints, wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.body import Body, Fallible
from tests.unit.actor.stage import Declared, Echo, Note, begin, letters, tree


async def test_it_takes_messages_in_order_and_answers_them() -> None:
    """With the same refs as any actor."""
    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Body, seen, name="body")
        await ref.tell(Note(1))
        assert await ref.ask(Echo(2)) == 2
        assert await ref.ask_many([Echo(3), Echo(4)]) == [3, 4]
        with pytest.raises(Declared):
            await ref.ask(Fallible(5))
        await ref.tell(Echo(6))
        await ref.tell(Fallible(7))
        await wait_all_tasks_blocked()
        await supervisor.stop_child("body")
        assert await ref.wait_stopped() == smith.Stopped()
        assert letters(supervisor) == []
    assert seen == [Note(1), Echo(2), Echo(3), Echo(4), Fallible(5), Echo(6), Fallible(7), "end"]


async def test_a_foreign_message_is_not_understood() -> None:
    """Its protocol holds as for handlers; subclasses are understood."""

    class SpecialNote(Note):
        pass

    seen: list[Any] = []
    async with tree() as supervisor:
        ref: smith.Ref[Any] = await supervisor.start(Body, seen)
        with pytest.raises(smith.NotUnderstood):
            ref.tell_nowait("foreign")
        ref.tell_nowait(SpecialNote(1))
        await wait_all_tasks_blocked()
        assert type(seen[0]) is SpecialNote


async def test_with_an_open_protocol_it_takes_what_comes() -> None:
    """``Actor[Any]`` says so."""

    class Anything(smith.Actor[Any]):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                seen.append(message)  # noqa: PERF401 - one at a time, as they come

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Anything)
        for message in (1, "text", Note(3), Note):
            ref.tell_nowait(message)
        await wait_all_tasks_blocked()
    assert seen == [1, "text", Note(3), Note]


async def test_none_is_never_a_message() -> None:
    """It is what the absence of one looks like; better refused than lost."""

    class Anything(smith.Actor[Any]):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for _ in inbox:
                pass

    async with tree() as supervisor:
        ref = await supervisor.start(Anything)
        with pytest.raises(smith.NotUnderstood):
            ref.tell_nowait(None)


async def test_each_step_is_a_full_checkpoint() -> None:
    """Also when messages wait."""

    class Checks(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            for _ in range(3):
                with assert_checkpoints():
                    self.seen.append(await anext(aiter(inbox)))

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Checks, seen, restart=smith.Restart.TRANSIENT)
        for number in range(3):
            ref.tell_nowait(Note(number))
        assert await ref.wait_stopped() == smith.Returned()
    assert seen == [Note(0), Note(1), Note(2)]


async def test_a_declared_error_with_nobody_to_answer_becomes_an_event() -> None:
    """The request was told, or its asker has left; as with handlers, the error does not vanish."""
    events: list[object] = []
    async with tree(observe=events.append) as supervisor, trio.open_nursery() as nursery:
        release = trio.Event()

        class Slow(Body):
            async def run(self, inbox: smith.Inbox[Note | Echo | Fallible]) -> None:
                async for message in inbox:
                    await release.wait()
                    inbox.fail(Declared(message))

        ref = await supervisor.start(Slow)
        asked = await begin(nursery, lambda: ref.ask(Fallible(1)))
        await ref.tell(Fallible(2))
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        release.set()
        await wait_all_tasks_blocked()
        dropped = [event for event in events if isinstance(event, smith.AnswerDropped)]
        assert [event.message for event in dropped] == [Fallible(1), Fallible(2)]
        with pytest.raises(Declared):
            await ref.ask(Fallible(3))
        assert letters(supervisor) == []


async def test_a_withdrawn_request_is_skipped() -> None:
    """Also when it is all that waits."""

    class Busy(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for message in inbox:
                self.seen.append(message)
                await trio.sleep(1)
                inbox.answer(None)

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Busy, seen)
        for _ in range(2):
            await ref.tell(Note("first"))
            await trio.sleep(0.1)
            with trio.move_on_after(0.1):
                await ref.ask(Echo("withdrawn"))
            await trio.sleep(2)
        await ref.ask(Echo("second"))
    assert seen == [Note("first"), Note("first"), Echo("second")]


async def test_senders_that_wait_for_room_are_let_in() -> None:
    """One after the other."""

    class Small(Body):
        mailbox_capacity = 1

    seen: list[Any] = []
    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Small, seen)
        for number in range(10):
            nursery.start_soon(ref.tell, Note(number))
        assert await ref.ask(Echo("asked")) == "asked"
        await wait_all_tasks_blocked()
    assert sorted(message.text for message in seen[:-1] if isinstance(message, Note)) == list(range(10))


async def test_timers_and_monitors_are_served_within_the_iteration() -> None:
    """Before the next message."""

    class Watches(Body):
        def on_down(self, down: smith.Down) -> None:
            self.seen.append(down.ref.path)

        async def run(self, inbox: smith.Inbox[Any]) -> None:
            self.context.every(1, self.seen.append, "beat")
            self.context.monitor(other)
            await super().run(inbox)

    seen: list[Any] = []
    async with tree() as supervisor:
        other = await supervisor.start(Body, name="other")
        ref = await supervisor.start(Watches, seen, name="watches")
        await trio.sleep(1.5)
        await supervisor.stop_child("other")
        await trio.sleep(1)
        await ref.tell(Note("message"))
        await supervisor.stop_child("watches", drain=1)
    assert seen == ["beat", "other", "beat", Note("message"), "end"]


async def test_the_inbox_may_be_read_in_a_task_of_the_bodys_own() -> None:
    """A body with a nursery does so naturally."""

    class Nursery(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(super().run, inbox)

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Nursery, seen, name="body")
        await wait_all_tasks_blocked()
        assert await ref.ask(Echo(1)) == 1
        await ref.tell(Note(2))
        await wait_all_tasks_blocked()
        await supervisor.stop_child("body")
    assert seen == [Echo(1), Note(2), "end"]


async def test_two_readers_at_once_are_refused() -> None:
    """One of them would sleep for ever."""

    class Two(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(super().run, inbox)
                nursery.start_soon(super().run, inbox)

    events: list[object] = []
    async with tree(
        observe=events.append, max_restarts=0, failures={Exception: smith.Decision.STOP}
    ) as supervisor:
        ref = await supervisor.start(Two)
        reason = await ref.wait_stopped()
        assert isinstance(reason, smith.Crashed)
        assert {type(leaf) for leaf in smith.exits.leaves(reason.exception)} == {trio.BusyResourceError}


async def test_a_body_that_returns_by_itself_has_returned() -> None:
    """Permanent, it is run again; what waits is kept."""

    class Once(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            self.seen.append(await anext(aiter(inbox)))

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Once, seen)
        for number in range(3):
            ref.tell_nowait(Note(number))
        await wait_all_tasks_blocked()
        assert seen == [Note(0), Note(1), Note(2)]
        assert ref._cell.host.incarnation == 4


async def test_a_body_that_ignores_its_inbox_is_killed_at_a_stop() -> None:
    """After its grace."""

    class Deaf(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            await trio.sleep_forever()

    async with tree() as supervisor:
        ref = await supervisor.start(Deaf, name="deaf", grace=3.0)
        await supervisor.stop_child("deaf")
        assert trio.current_time() == 3
        assert await ref.wait_stopped() == smith.Killed()


async def test_a_cancelled_step_has_taken_no_message() -> None:
    """A body may wait with a deadline."""

    class Patient(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            while True:
                with trio.move_on_after(1) as scope:
                    self.seen.append(await anext(aiter(inbox)))
                if scope.cancelled_caught:
                    self.seen.append("nothing")

    seen: list[Any] = []
    async with tree() as supervisor:
        ref = await supervisor.start(Patient, seen, name="patient", grace=0.0)
        await trio.sleep(2.5)
        await ref.tell(Note(1))
        await wait_all_tasks_blocked()
        await trio.sleep(1.1)
        await ref.tell(Note(2))
        await wait_all_tasks_blocked()
    assert seen == ["nothing", "nothing", Note(1), "nothing", Note(2)]


async def test_an_ask_of_the_body_carries_its_chain() -> None:
    """It is the actor's own task: a circle is found."""

    class AsksBack(Body):
        async def run(self, inbox: smith.Inbox[Any]) -> None:
            async for _ in inbox:
                try:
                    await self.context.ref.ask(Echo())
                except smith.AskCycle as error:
                    inbox.answer(error.chain)

    async with tree() as supervisor:
        ref = await supervisor.start(AsksBack, name="body")
        assert await ref.ask(Echo()) == ("body", "body")


async def test_there_is_no_body_to_inherit_but_ones_own() -> None:
    """The default would be a second loop beside that of the handlers."""

    class Asks(smith.Actor[Note]):
        async def run(self, inbox: smith.Inbox[Note]) -> None:
            await super().run(inbox)

    async with tree(failures={AssertionError: smith.Decision.STOP}) as supervisor:
        ref = await supervisor.start(Asks)
        reason = await ref.wait_stopped()
        assert isinstance(reason, smith.Crashed)
        assert isinstance(reason.exception, AssertionError)
