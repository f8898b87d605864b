"""Laters of handlers that their askers can cancel."""

from __future__ import annotations

from typing import Any

import trio
import trio.lowlevel
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Tearable, Torn, begin, letters, tree
from trio_smith import DeadLetterReason


async def test_a_torn_handler_that_answers_later_is_cancelled_in_its_later() -> None:
    """It took the cancel for a reason to be quick; its asker still wants to leave."""
    seen: list[object] = []

    async def work(actor: Tearable) -> Any:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            return smith.later(lambda: long(actor))

    async def long(actor: Tearable) -> None:
        try:
            await trio.sleep(50)
        finally:
            actor.seen.append("later ends")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, seen)
        torn = await begin(nursery, lambda: ref.ask(Torn(work)))
        following = await begin(nursery, lambda: ref.ask(Echo("next")))
        torn.scope.cancel()
        await wait_all_tasks_blocked()
        assert torn.cancelled
        assert following.value == "next"
        await trio.sleep(1)
    assert set(seen) == {"later ends", "next"}


async def test_a_later_of_a_cancellable_handler_is_cancelled_and_awaited() -> None:
    """The actor itself goes on meanwhile."""
    seen: list[object] = []

    async def long(actor: Tearable) -> None:
        try:
            await trio.sleep(50)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            actor.seen.append("later unwound")

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable, seen)
        asked = await begin(nursery, lambda: ref.ask(Torn(lambda actor: smith.later(long, actor))))
        assert await ref.ask(Echo("meanwhile")) == "meanwhile"
        asked.scope.cancel()
        await trio.sleep(0.5)
        assert not asked.done
        await trio.sleep(1)
        assert asked.cancelled
        assert letters(supervisor) == []
        assert await ref.ask(Echo("afterwards")) == "afterwards"
    assert seen == ["meanwhile", "later unwound", "afterwards"]


async def test_a_later_of_a_plain_handler_is_not_cancelled_by_its_asker() -> None:
    """It is work in hand, like the handler that began it."""
    seen: list[object] = []

    async def long(actor: Tearable) -> None:
        await trio.sleep(5)
        actor.seen.append("finished")

    async with tree() as supervisor:
        ref = await supervisor.start(Tearable, seen)
        with trio.move_on_after(1) as scope:
            await ref.ask(Do(lambda actor: smith.later(long, actor)))
        assert scope.cancelled_caught
        await trio.sleep(10)
        assert letters(supervisor) == []
    assert seen == ["finished"]


async def test_an_asker_leaves_at_once_when_the_later_of_its_message_has_failed_already() -> None:
    """The actor is busy and has not noticed; there is nothing to cancel any more."""

    async def fail() -> None:
        await trio.sleep(1)
        raise ValueError

    async def long(_: object) -> None:
        await trio.sleep(9)

    async with tree() as supervisor, trio.open_nursery() as nursery:
        ref = await supervisor.start(Tearable)
        message = Torn(lambda _: smith.later(fail))
        asked = await begin(nursery, lambda: ref.ask(message))
        await ref.tell(Do(long))
        await trio.sleep(2)
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert trio.current_time() == 2
        assert await ref.ask(Echo("next")) == "next"
        assert letters(supervisor) == [(message, DeadLetterReason.CRASHED)]
