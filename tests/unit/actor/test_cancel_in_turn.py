"""The cancel of an ask travels through as many handlers as there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

import trio_smith as smith
from tests.unit.actor.stage import Do, Echo, Tearable, Torn, begin, tree
from trio_smith.actor._cancel_in_turn import cancel_in_turn


async def test_the_cancel_of_an_ask_travels_through_a_line_longer_than_the_stack() -> None:
    """Each handler asks the next; the last one notices, and all unwind from there."""
    ended: list[int] = []
    reached = trio.Event()

    def hand_on(refs: list[smith.Ref[Any]], place: int) -> Callable[[object], Awaitable[Any]]:
        async def work(_: object) -> Any:
            try:
                if place + 1 < len(refs):
                    return await refs[place + 1].ask(Torn(hand_on(refs, place + 1)))
                reached.set()
                return await trio.sleep_forever()
            finally:
                ended.append(place)

        return work

    async with tree() as supervisor, trio.open_nursery() as nursery:
        refs = [await supervisor.start(Tearable) for _ in range(400)]
        asked = await begin(nursery, lambda: refs[0].ask(Torn(hand_on(refs, 0))))
        await reached.wait()
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert ended == list(reversed(range(400)))
        assert await refs[200].ask(Echo("next")) == "next"


async def test_a_line_of_laters_is_cancelled_as_well() -> None:
    """Their tasks are not those of the handlers."""
    reached = trio.Event()

    def hand_on(refs: list[smith.Ref[Any]], place: int) -> Callable[[object], Any]:
        async def work() -> Any:
            if place + 1 < len(refs):
                return await refs[place + 1].ask(Torn(hand_on(refs, place + 1)))
            reached.set()
            return await trio.sleep_forever()

        return lambda _: smith.later(work)

    async with tree() as supervisor, trio.open_nursery() as nursery:
        refs = [await supervisor.start(Tearable) for _ in range(300)]
        asked = await begin(nursery, lambda: refs[0].ask(Torn(hand_on(refs, 0))))
        await reached.wait()
        asked.scope.cancel()
        await wait_all_tasks_blocked()
        assert asked.cancelled
        assert await refs[0].ask(Do(lambda actor: actor.seen)) == []


async def test_an_abort_function_that_raises_does_not_end_all_cancelling() -> None:
    """It is a bug of whoever wrote it; the next cancel still arrives."""

    class Breaks:
        def cancel(self, reason: str) -> None:
            raise ZeroDivisionError(reason)

    with pytest.raises(ZeroDivisionError):
        cancel_in_turn(cast("trio.CancelScope", Breaks()), reason="first")
    scope = trio.CancelScope()
    cancel_in_turn(scope, reason="second")
    assert scope.cancel_called
