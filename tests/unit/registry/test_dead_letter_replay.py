"""Dead letters can be sent again: each once unless one asks for more, and counted."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Note, Puppet, busy, letters, small, tree
from trio_smith import DeadLetterReason


@smith.message
class Foreign:
    """A message of no puppet's protocol."""


async def lose(supervisor: smith.Supervisor, *texts: object) -> tuple[smith.Ref[Any], list[Any]]:
    """Start an actor, have these notes lost by its stop, and start it again; return it and what it sees."""
    seen: list[Any] = []
    ref = await supervisor.start(lambda: Puppet(seen), name="a")
    await supervisor.stop_child("a")
    for text in texts:
        supervisor.system.dead_letters.record(
            Note(text), recipient="a", reason=DeadLetterReason.STOPPED, deliveries=0
        )
    await supervisor.restart_child("a")
    return ref, seen


async def test_letters_are_sent_again_in_order_and_once() -> None:
    """To who lives at their path now; what was sent again stays visible, and is not sent a third time."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        _, seen = await lose(supervisor, 1, 2, 3)
        assert dead.replay() == smith.Replayed(sent=3)
        assert dead.replay() == smith.Replayed()
        await wait_all_tasks_blocked()
        assert seen == [1, 2, 3]
        assert (dead.replayed, dead.total, len(dead.snapshot())) == (3, 3, 3)
        assert dead.replay(again=True) == smith.Replayed(sent=3)
        await wait_all_tasks_blocked()
        assert seen == [1, 2, 3, 1, 2, 3]
        assert dead.replayed == 6


async def test_some_are_chosen_and_another_actor_may_get_them() -> None:
    """By any condition; those that were not chosen can still be."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        _, seen = await lose(supervisor, 1, 2, 3)
        others: list[Any] = []
        other = await supervisor.start(lambda: Puppet(others), name="other")
        assert dead.replay(where=lambda letter: letter.message == Note(2), to=other).sent == 1
        assert dead.replay(where=lambda letter: letter.reason is DeadLetterReason.POISON).sent == 0
        assert dead.replay().sent == 2
        await wait_all_tasks_blocked()
        assert (others, seen) == ([2], [1, 3])


async def test_a_letter_that_cannot_be_sent_can_be_tried_another_time() -> None:
    """No room, nobody there, somebody down, no message of the protocol: each is counted, none is marked."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        seen: list[Any] = []
        kind = small(1)
        ref = await supervisor.start(lambda: kind(seen), name="full")
        await supervisor.start(trio.sleep_forever, name="function")
        await supervisor.start(Puppet, name="down")
        await supervisor.stop_child("down")
        done = await busy(ref)
        for recipient in ("full", "full", "nobody", "full/deeper", "function", "down"):
            dead.record(Note(recipient), recipient=recipient, reason=DeadLetterReason.OVERFLOW)
        dead.record(Foreign(), recipient="full", reason=DeadLetterReason.NOT_HANDLED)
        assert dead.replay() == smith.Replayed(sent=1, full=1, gone=4, not_understood=1)
        done.set()
        await wait_all_tasks_blocked()
        assert dead.replay() == smith.Replayed(sent=1, gone=4, not_understood=1)
        await supervisor.restart_child("down")
        assert dead.replay() == smith.Replayed(sent=1, gone=3, not_understood=1)
        await wait_all_tasks_blocked()
        assert seen == ["full", "full"]


async def test_what_was_asked_is_told() -> None:
    """Its asker has had its error; the answer goes nowhere."""
    async with tree() as supervisor:
        seen: list[Any] = []
        ref = await supervisor.start(lambda: Puppet(seen), name="a")
        done = await busy(ref)
        async with trio.open_nursery() as nursery:

            async def asks() -> None:
                with pytest.raises(smith.ActorStopped):
                    await ref.ask(Echo("asked"))

            nursery.start_soon(asks)
            await wait_all_tasks_blocked()
            await supervisor.stop_child("a")
        await supervisor.restart_child("a")
        echo = supervisor.system.dead_letters.replay(where=lambda letter: letter.message == Echo("asked"))
        await wait_all_tasks_blocked()
        assert (echo.sent, seen) == (1, ["asked"])
        done.set()


async def test_what_dies_once_more_is_a_new_letter() -> None:
    """With a number of its own; only that one can be sent again."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        await supervisor.start(Puppet, name="a")

        def work(actor: Puppet) -> None:
            raise ValueError(actor)

        dead.record(Do(work), recipient="a", reason=DeadLetterReason.CRASHED)
        for number in (1, 2, 3):
            assert dead.total == number
            assert dead.replay() == smith.Replayed(sent=1)
            await wait_all_tasks_blocked()


async def test_one_who_replays_whenever_a_letter_comes_does_not_go_on_for_ever() -> None:
    """Each of the letters that this makes would make another one."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        kind = small(1, smith.Overflow.DROP_OLDEST)
        ref = await supervisor.start(kind, name="a")
        done = await busy(ref)
        results: list[smith.Replayed] = []
        for number in range(3):
            dead.record(Note(number), recipient="a", reason=DeadLetterReason.STOPPED)
        dead.subscribe(lambda _: results.append(dead.replay()))
        assert dead.replay() == smith.Replayed(sent=3)
        assert results == [smith.Replayed()] * 2
        assert [message for message, _ in letters(supervisor)] == [Note(n) for n in (0, 1, 2, 0, 1)]
        done.set()


async def test_a_condition_that_raises_sends_nothing() -> None:
    """The caller sees it, as from any function of its own."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        _, seen = await lose(supervisor, 2, 1, 0)
        with pytest.raises(ZeroDivisionError):
            dead.replay(where=lambda letter: 1 // letter.message.text > 0)  # type: ignore[attr-defined]
        await wait_all_tasks_blocked()
        assert (seen, dead.replayed) == ([], 0)
        assert dead.replay() == smith.Replayed(sent=3)


def test_what_was_sent_again_is_remembered_only_while_it_is_kept() -> None:
    """The bound on letters bounds that too; numbers begin anew for nobody."""
    found: list[str] = []
    dead = smith.DeadLetters(clock=lambda: 0.0, capacity=2, find=found.append)
    for number in range(3):
        dead.record(number, recipient=str(number), reason=DeadLetterReason.STOPPED)
    assert dead.replay() == smith.Replayed(gone=2)
    assert found == ["1", "2"]
    dead._sent_again.update({2, 3})
    dead.record(3, recipient="3", reason=DeadLetterReason.STOPPED)
    assert dead._sent_again == {3}
    dead.clear()
    assert dead._sent_again == set()
    assert dead.replay() == smith.Replayed()


async def test_letters_of_one_reason_can_be_looked_at_and_followed() -> None:
    """A hook for each reason: a callback, or a stream."""
    async with tree() as supervisor:
        dead = supervisor.system.dead_letters
        poison: list[object] = []
        dead.subscribe(lambda letter: poison.append(letter.message), reason=DeadLetterReason.POISON)
        async with dead.stream(reason=DeadLetterReason.OVERFLOW) as full:
            for number, reason in enumerate(DeadLetterReason):
                dead.record(number, recipient="a", reason=reason)
            kinds = list(DeadLetterReason)
            assert poison == [kinds.index(DeadLetterReason.POISON)]
            assert (await anext(full)).message == kinds.index(DeadLetterReason.OVERFLOW)
            assert [letter.message for letter in dead.snapshot(DeadLetterReason.POISON)] == poison
            assert len(dead.snapshot()) == len(kinds)
